"""Look once more for what was made twice: by a run that had lost its lock, and by the next one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.ports import Events, Providers
from cloudmesh_iac.engine.seeking import Seeker

Repeated: TypeAlias = tuple[Intent, Registration]
"""A create of an earlier run of which there was nothing, and which was done once more."""


def seek_twins(
    repeated: Sequence[Repeated],
    snapshot: Snapshot,
    *,
    providers: Providers,
    journal: Journal,
    events: Events,
) -> tuple[Record, ...]:
    """Return the twins of what was made again, recorded as objects that have to go.

    Only what carries the token of the create is ours for sure: what could be it is named, and left.
    """
    search = _Search(Seeker(snapshot.records, providers), dict(snapshot.creations), events)
    live = snapshot.live()
    twins = [
        twin
        for intent, registration in repeated
        if (record := live.get(registration.urn)) is not None
        for twin in search.twins(record, intent, registration)
    ]
    journal.write([Saved(twin) for twin in twins])
    for twin in twins:
        search.say(twin, _twice(live[twin.urn], twin))
    return tuple(twins)


@dataclass(frozen=True, slots=True)
class _Search:
    seeker: Seeker
    numbers: dict[Urn, int]
    events: Events

    def twins(self, record: Record, intent: Intent, registration: Registration) -> Iterator[Record]:
        """Yield what is ours for sure, as it is now; say what may be."""
        beside = self.seeker.beside(intent, registration)
        if isinstance(beside, Failure):
            self.say(record, _unseen(beside.message))
            return
        search, ids = beside
        if ids and search is not Search.TOKEN:
            self.say(record, _perhaps(record, ids))
            return
        for id_ in ids:
            there = self.seeker.read(record, id_)
            if isinstance(there, Failure):
                self.say(record, _unseen(there.message))
            elif there is not None:
                yield self._numbered(there)

    def _numbered(self, twin: Record) -> Record:
        """Give it a number of its own: one number stands for one object."""
        number = max(self.numbers.get(twin.urn, 0), twin.creation) + 1
        self.numbers[twin.urn] = number
        return replace(twin, creation=number, doomed=True, order=0, created=None)

    def say(self, record: Record, words: str) -> None:
        self.events.tell(Noticed(f"{name_of(record.urn)}: {words}"))


def _twice(record: Record, twin: Record) -> str:
    return (
        f"it was made twice, as {record.id} and as {twin.id}: a run went on that had lost its"
        f" lock; {twin.id} is deleted"
    )


def _perhaps(record: Record, ids: Sequence[str]) -> str:
    return (
        f"it was made again as {record.id}, and {', '.join(ids)} may have been made for it too:"
        " look yourself, nothing is deleted"
    )


def _unseen(why: str) -> str:
    return f"it was made again, and nobody could see whether that was once too often ({why})"
