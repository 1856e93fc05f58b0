"""Look once more for what was made twice: by a run that had lost its lock, and by the next one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.ports.providers import Providers
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.seeking import Seeker

LOOK_AGAIN_AFTER = timedelta(minutes=5)
"""What is still on its way to a site when a run ends has got there by then."""


@dataclass(frozen=True, slots=True)
class Twins:
    """What was found, recorded as objects that have to go; `unseen` could not be looked for."""

    found: tuple[Record, ...] = ()
    unseen: frozenset[Urn] = frozenset()


def made_again(snapshot: Snapshot) -> tuple[Record, ...]:
    """Return what was made in place of a create that nobody saw the end of, also old objects."""
    return tuple(one for one in snapshot.records if one.made_again is not None)


def is_due(record: Record, now: datetime) -> bool:
    """Say whether a look from now on is the last one that is needed."""
    return record.made_again is not None and now - record.made_again >= LOOK_AGAIN_AFTER


def seek_twins(
    records: Iterable[Record],
    snapshot: Snapshot,
    *,
    declared: Mapping[Urn, Registration],
    providers: Providers,
    journal: Journal,
    events: Events,
) -> Twins:
    """Look for twins of what was made again, and record them as objects that have to go.

    Only what carries the token of the create is ours for sure: what could be it is named, and left.
    `declared` is what the program says now.
    """
    search = _Search(Seeker(snapshot.records, providers), dict(snapshot.creations), events)
    twins = [
        (record, twin)
        for record in records
        for twin in search.twins(record, declared.get(record.urn))
    ]
    journal.write([Saved(twin) for _, twin in twins])
    for record, twin in twins:
        search.say(twin, _twice(record, twin))
    return Twins(tuple(twin for _, twin in twins), frozenset(search.unseen))


@dataclass(frozen=True, slots=True)
class _Search:
    seeker: Seeker
    numbers: dict[Urn, int]
    events: Events
    unseen: set[Urn] = field(default_factory=set)

    def twins(self, record: Record, registration: Registration | None) -> Iterator[Record]:
        """Yield what is ours for sure, as it is now; say what may be."""
        intent = Intent(record.urn, Op.CREATE, record.creation, record, begun=record.made_again)
        beside = self.seeker.beside(intent, registration)
        if isinstance(beside, Failure):
            self._fail(record, beside)
            return
        search, ids = beside
        if ids and search is not Search.TOKEN:
            self.say(record, _perhaps(record, ids))
            return
        for id_ in ids:
            there = self.seeker.read(record, id_)
            if isinstance(there, Failure):
                self._fail(record, there)
            elif there is not None:
                yield self._numbered(there)

    def _fail(self, record: Record, why: Failure) -> None:
        self.unseen.add(record.urn)
        self.say(record, _unseen(why.message))

    def _numbered(self, twin: Record) -> Record:
        """Give it a number of its own: one number stands for one object."""
        number = max(self.numbers.get(twin.urn, 0), twin.creation) + 1
        self.numbers[twin.urn] = number
        return replace(twin, creation=number, doomed=True, order=0, created=None, made_again=None)

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
