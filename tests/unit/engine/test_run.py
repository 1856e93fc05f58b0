"""What a run knows of one resource when it is decided."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Step
from cloudmesh_iac.core.registrations import Options, Registration
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.errors import ExperimentError
from tests.builders import a_change, a_record, a_registration, a_snapshot, a_urn, an_intent

HEAD = a_urn("head")


@pytest.mark.parametrize(
    "registration",
    [
        a_registration("user", dependencies=(HEAD,)),
        a_registration("user", parent=HEAD),
        a_registration("user", options=Options(deleted_with=HEAD)),
        a_registration("user", options=Options(replace_with=(HEAD,))),
    ],
    ids=["user", "child", "guest", "twin"],
)
def test_what_stands_on_a_failure_is_blocked_by_it(registration: Registration) -> None:
    # given
    run = Run(a_snapshot(), reruns={})
    before = run.situation(registration, Role.PLAIN).blocked_by

    # when
    run.conclude(Conclusion(a_change("head", Action.CREATE), End.FAILED))

    # then
    assert before is None
    assert run.situation(registration, Role.PLAIN).blocked_by == HEAD
    assert run.situation(a_registration("other"), Role.PLAIN).blocked_by is None


@pytest.mark.parametrize(
    "unsaid", [frozenset({"protect", "retain_on_delete", "deleted_with"}), frozenset()]
)
def test_a_child_has_the_options_of_its_parent_that_it_does_not_state(
    *, unsaid: frozenset[str]
) -> None:
    # given
    run = Run(a_snapshot(), reruns={})
    options = Options(protect=True, retain_on_delete=True, deleted_with=HEAD, version="1")
    run.declare(a_registration("lab", options=options))

    # when
    child = run.declare(replace(a_registration("a", parent=a_urn("lab")), unsaid=unsaid))

    # then
    assert child is not None
    assert child.options == (replace(options, version="") if unsaid else Options())


def test_a_resource_below_something_that_nobody_declares_is_an_orphan() -> None:
    # given
    run = Run(a_snapshot(), reruns={})
    shelf = a_registration("shelf", custom=False)
    run.declare(shelf)

    # then
    for parent, expected in ((None, False), (shelf.urn, False), (a_urn("nowhere"), True)):
        child = replace(a_registration("child"), parent=parent)
        assert run.situation(child, Role.PLAIN).is_orphan is expected


def test_a_clash_names_the_lines_in_the_order_of_the_program() -> None:
    # given
    run = Run(a_snapshot(), reruns={})
    run.declare(a_registration("head", line=12))
    run.declare(a_registration("head", line=3))

    # when
    with pytest.raises(ExperimentError) as refused:
        run.raise_clashes()

    # then
    assert "stacks/hello.py:3 and stacks/hello.py:12" in str(refused.value)


@pytest.mark.parametrize("op", [Op.UPDATE, Op.DELETE])
def test_a_change_whose_end_nobody_saw_is_open_until_it_is_settled(op: Op) -> None:
    # given
    head, lost = a_record("head"), an_intent(a_record("head"), op=op)
    run = Run(a_snapshot(head, a_record("other"), intents=(lost,)), reruns={})

    # then
    assert run.is_open(HEAD)
    assert not run.is_open(a_urn("other"))
    run.settle(lost, HEAD, head)
    assert not run.is_open(HEAD)


def test_an_import_in_the_place_of_another_object_replaces_no_companions() -> None:
    # given
    run = Run(a_snapshot(), reruns={})
    companion = a_registration("user", options=Options(replace_with=(HEAD,)))
    made = a_change("head", Action.REPLACE)
    imported = replace(made, steps=(Step(Op.IMPORT_REPLACEMENT, HEAD, 2),))

    # then
    for change, expected in ((made, {HEAD}), (imported, set())):
        run.conclude(Conclusion(change, End.DONE))
        assert run.situation(companion, Role.PLAIN).replaced == expected
