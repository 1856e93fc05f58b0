"""What one journal entry does to a stack that is kept in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from cloudmesh_iac.core.chain import Link, end_hash
from cloudmesh_iac.core.journal import (
    Counted,
    Dropped,
    Entry,
    HistoryEntry,
    Opened,
    OutputsSet,
    Removed,
    Saved,
    Ticketed,
    UpdateEnded,
    UpdateStarted,
)
from cloudmesh_iac.core.locks import Holder, StopRequest
from cloudmesh_iac.core.records import Intent, Parameter, Record, Snapshot, StackId
from cloudmesh_iac.core.renaming import with_new_names
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.state import Ears
from cloudmesh_iac.wire.records import ended_to_json


@dataclass(slots=True, eq=False)
class Run:
    """One run in the history; it is the key to its stack's lock."""

    started: UpdateStarted
    holder: Holder
    link: Link
    ended: UpdateEnded | None = None
    ears: Ears | None = None
    asked: StopRequest | None = None
    looks: int = 0

    def end(self, stack: StackId, ended: UpdateEnded) -> None:
        text = ended_to_json(ended)
        closed = end_hash(stack, self.link.number, text, start_hash=self.link.start_hash)
        self.ended = ended
        self.link = replace(self.link, ended=text, end_hash=closed)

    def to_entry(self) -> HistoryEntry:
        started = replace(self.started, origin=replace(self.started.origin, files={}))
        return HistoryEntry(self.link.number, started, self.ended, self.link.hash)


@dataclass(slots=True)
class StackState:
    """One stack. Records and intents stand under urn and creation; `lock` is the run that writes.

    The live object of a urn is the one with the highest creation: an older one becomes doomed.
    """

    seed_key: str
    serial: int = 0
    records: dict[tuple[Urn, int], Record] = field(default_factory=dict)
    live: dict[Urn, int] = field(default_factory=dict)
    intents: dict[tuple[Urn, int], list[Intent]] = field(default_factory=dict)
    creations: dict[Urn, int] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    program: str = ""
    program_digest: str = ""
    changed_at: datetime | None = None
    last_place: int = 0
    last_number: int = 0
    lock: Run | None = None

    def open_intents(self) -> list[Intent]:
        intents = [intent for together in self.intents.values() for intent in together]
        return sorted(intents, key=lambda intent: intent.number)

    def to_snapshot(self, stack: StackId) -> Snapshot:
        records = sorted(self.records.values(), key=lambda one: (one.order, one.creation))
        return Snapshot(
            stack=stack,
            serial=self.serial,
            records=with_new_names(records),
            intents=tuple(self.open_intents()),
            parameters=self.parameters,
            creations=dict(self.creations),
            seed_key=self.seed_key,
            program=self.program,
            program_digest=self.program_digest,
        )

    def apply(self, entry: Entry, now: datetime) -> None:
        match entry:
            case Opened():
                self._open(entry.intent, now)
            case Ticketed():
                together = self.intents.get((entry.urn, entry.creation), [])
                together[-1:] = [replace(one, ticket=entry.ticket) for one in together[-1:]]
            case Saved():
                self._save(entry.record, now)
            case Removed():
                self._remove(entry.urn, entry.creation)
            case Dropped():
                del self.intents.get((entry.urn, entry.creation), [])[-1:]
            case Counted():
                self._count(entry.urn, entry.number)
            case OutputsSet():
                if entry.urn in self.live:
                    key = entry.urn, self.live[entry.urn]
                    changed = replace(self.records[key], outputs=entry.outputs, modified=now)
                    self.records[key] = changed

    def _open(self, intent: Intent, now: datetime) -> None:
        """A repeated intent takes the place of the first one: it is the same side effect."""
        self._count(intent.urn, intent.creation)
        self.last_number += 1
        before = self.intents.get((intent.urn, intent.creation), ())
        others = [one for one in before if one.op is not intent.op]
        numbered = replace(intent, number=self.last_number, begun=now)
        self.intents[intent.urn, intent.creation] = [*others, numbered]

    def _save(self, record: Record, now: datetime) -> None:
        urn, key = record.urn, (record.urn, record.creation)
        self._count(*key)
        self.intents.pop(key, None)
        placed = self._placed(record, now)
        live = self.live.get(urn, record.creation)
        doomed = record.doomed or live > record.creation
        if not doomed:
            if live < record.creation:
                self.records[urn, live] = replace(self.records[urn, live], doomed=True)
            self.live[urn] = record.creation
        elif live == record.creation:
            self.live.pop(urn, None)
        self.records[key] = replace(placed, doomed=doomed, modified=now)

    def _placed(self, record: Record, now: datetime) -> Record:
        """An object keeps the place and the time of its first save."""
        before = self.records.get((record.urn, record.creation))
        if before is not None:
            return replace(record, order=before.order, created=before.created)
        place = record.order or self.last_place + 1
        self.last_place = max(self.last_place, place)
        return replace(record, order=place, created=record.created or now)

    def _remove(self, urn: Urn, creation: int) -> None:
        self.intents.pop((urn, creation), None)
        self.records.pop((urn, creation), None)
        if self.live.get(urn) == creation:
            del self.live[urn]

    def _count(self, urn: Urn, creation: int) -> None:
        self.creations[urn] = max(creation, self.creations.get(urn, 0))
