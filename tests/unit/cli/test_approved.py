"""Only what the last `up` has shown is done without a question."""

from dataclasses import replace

import pytest

from cloudmesh_iac.cli.approved import refuse_what_is_new
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.errors import PlanBroken
from cloudmesh_iac.store.memory import MemoryStore
from tests.builders import STACK, a_change, a_computer, a_holder, a_plan, a_start, an_end

PLAN = replace(a_plan(a_change()), fingerprint="f1")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(computer=a_computer())


def run(store: MemoryStore, kind: UpdateKind, fingerprint: str = "") -> None:
    started = replace(a_start(kind), fingerprint=fingerprint)
    store.write(store.snapshot(STACK), started, a_holder()).close(an_end())


def assert_refused(store: MemoryStore, plan: Plan = PLAN) -> None:
    with pytest.raises(PlanBroken, match="more than was approved"):
        refuse_what_is_new(plan, store, STACK)


def test_what_was_shown_goes_on_whatever_was_only_looked_at_since(store: MemoryStore) -> None:
    # given
    run(store, UpdateKind.UP, "f1")
    for _ in range(15):
        run(store, UpdateKind.STATUS)
        run(store, UpdateKind.SETTLE)

    # then
    refuse_what_is_new(PLAN, store, STACK)


def test_what_was_never_shown_is_refused(store: MemoryStore) -> None:
    assert_refused(store)
    run(store, UpdateKind.STATUS, "f1")
    assert_refused(store)
    run(store, UpdateKind.UP, "f0")
    assert_refused(store)


def test_after_a_destroy_nothing_is_approved_any_more(store: MemoryStore) -> None:
    run(store, UpdateKind.UP, "f1")
    run(store, UpdateKind.DESTROY, "f1")
    assert_refused(store)


def test_a_plan_without_changes_needs_no_approval(store: MemoryStore) -> None:
    refuse_what_is_new(a_plan(), store, STACK)
