"""Another provider answers for a resource: what is asked, and what it means."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.engine.asks import DiffAsk, MoveAsk
from cloudmesh_iac.engine.moves import move_of, moved
from tests.builders import a_record, a_registration, a_urn

TYPE = "pulumi:providers:test"
EAST, WEST = a_urn("east", type_=TYPE), a_urn("west", type_=TYPE)
NEWS = {"region": "west"}


def asked(*, old: str, new: str, former: Urn | None = None, known: bool = True) -> MoveAsk | None:
    providers = {EAST: replace(a_record("east"), urn=EAST, inputs={"region": "east"}, outputs={})}
    return move_of(
        replace(a_record("head"), provider=old),
        replace(a_registration("head"), provider=new),
        providers=providers if known else {},
        inputs=NEWS,
        former=former,
    )


def test_the_new_provider_is_asked_what_is_different_from_the_old_one() -> None:
    ask = asked(old=f"{EAST}::1", new=f"{WEST}::2")

    config = DiffAsk(
        urn=WEST,
        type=ResourceType(TYPE),
        id="2",
        old_inputs={"region": "east"},
        old_outputs={},
        news=NEWS,
    )
    assert ask == MoveAsk(config)


def test_a_provider_that_was_made_anew_under_its_name_is_asked_too() -> None:
    ask = asked(old=f"{EAST}::1", new=f"{EAST}::2")

    assert ask is not None
    assert (ask.config.urn, ask.config.id) == (EAST, "2")


@pytest.mark.parametrize(
    ("old", "new"),
    [(f"{EAST}::1", f"{EAST}::1"), ("", f"{WEST}::2"), (f"{EAST}::1", "")],
    ids=["the same", "none before", "none now"],
)
def test_nobody_is_asked_without_another_provider(old: str, new: str) -> None:
    assert asked(old=old, new=new) is None


def test_a_provider_with_a_new_name_is_the_same_provider() -> None:
    assert asked(old=f"{EAST}::1", new=f"{WEST}::1", former=EAST) is None


def test_a_provider_that_is_not_recorded_cannot_be_compared() -> None:
    assert asked(old=f"{EAST}::1", new=f"{WEST}::2", known=False) is None


def test_a_new_thing_has_no_provider_before() -> None:
    record: Record | None = None
    wanted = replace(a_registration("head"), provider=f"{WEST}::2")

    assert move_of(record, wanted, providers={}, inputs=NEWS, former=None) is None


def test_a_move_names_both_providers_or_the_one_that_was_made_anew() -> None:
    other, same = moved(f"{EAST}::1", f"{WEST}::2"), moved(f"{EAST}::1", f"{EAST}::2")

    assert other == Reason(Cause.FIELD, key="provider", old="east", new="west")
    assert same == Reason(Cause.DEPENDENCY, key="provider", urn=EAST)
