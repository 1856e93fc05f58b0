"""Deleting before making, among others who do the same."""

from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.condemned import Condemned
from cloudmesh_iac.engine.room import make_room
from cloudmesh_iac.engine.run import Run
from tests.builders import a_change, a_record, a_snapshot, a_urn


class Hands:
    """What the room is made with; satisfies `engine.room.MakesWay`."""

    def __init__(self) -> None:
        self.gone: list[str] = []
        self.going: frozenset[Urn] = frozenset()

    def make_way(self, record: Record, going: frozenset[Urn] = frozenset()) -> Failure | None:
        self.gone.append(name_of(record.urn))
        self.going |= going
        return None


def a_run(condemned: Condemned) -> Run:
    user = a_record("user", dependencies=(a_urn("head"), a_urn("other")))
    run = Run(a_snapshot(a_record("head"), a_record("other"), user), reruns={})
    run.condemned = condemned
    return run


def test_what_is_gone_already_is_not_deleted_again() -> None:
    # given
    pending = replace(a_record("head"), pending_replacement=True)
    user = replace(a_record("user"), pending_replacement=True)
    run, hands = Run(a_snapshot(pending, user), reruns={}), Hands()
    run.condemned.claim(a_urn("head"), [a_urn("user")])
    change = replace(a_change("head", Action.REPLACE), dependents=(a_urn("user"),))

    # when
    room = make_room(change, pending, run=run, applier=hands)

    # then
    assert room == pending
    assert hands.gone == []
    assert run.condemned.root_of(a_urn("user")) == a_urn("head")


class OtherWorker(Condemned):
    """Another worker that comes to its end as soon as somebody waits for it."""

    def __init__(self, *, deletes: bool) -> None:
        super().__init__()
        self._deletes = deletes

    def wait(self, urn: Urn) -> None:
        if self._deletes:
            self.note_gone(urn)
        self.settle(a_urn("other"))
        super().wait(urn)


def test_a_user_that_goes_for_another_one_is_waited_for() -> None:
    # given
    run, hands = a_run(OtherWorker(deletes=True)), Hands()
    run.condemned.claim(a_urn("other"), [a_urn("user")])

    # when
    change = a_change("head", Action.REPLACE)
    room = make_room(change, a_record("head"), run=run, applier=hands)

    # then
    assert room == replace(a_record("head"), pending_replacement=True)
    assert hands.gone == ["head"]


def test_a_user_that_another_one_could_not_delete_keeps_both() -> None:
    # given
    run, hands = a_run(OtherWorker(deletes=False)), Hands()
    run.condemned.claim(a_urn("other"), [a_urn("user")])

    # when
    change = a_change("head", Action.REPLACE)
    room = make_room(change, a_record("head"), run=run, applier=hands)

    # then
    assert room == Failure("user still stands on it")
    assert hands.gone == []
