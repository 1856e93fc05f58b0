"""What has to be written down so that some records become others?"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from cloudmesh_iac.core.journal import Entry, Removed, Saved
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.renaming import renamed
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.order import key_of
from cloudmesh_iac.engine.run import Run


def names_in(run: Run, gathered: Collection[Urn]) -> Mapping[Urn, Urn]:
    """Return the former names of what the program calls something else now, with the new ones.

    What a person left out, and nobody gathered, keeps its name.
    """
    return {
        old: new
        for new in run.declared()
        if (old := run.old_name(new)) is not None and (new in gathered or not run.leaves_out(new))
    }


def records_after(
    snapshot: Snapshot, gathered: Mapping[Urn, Record], *, names: Mapping[Urn, Urn]
) -> list[Record]:
    """Return the records with the gathered ones in their places; what is new comes last."""
    after = [
        renamed(record, names) if names else record
        for record in snapshot.records
        if record.doomed or names.get(record.urn, record.urn) not in gathered
    ]
    return sorted([*after, *gathered.values()], key=_order)


def _order(record: Record) -> tuple[bool, int]:
    return not record.order, record.order


def entries_between(
    before: Sequence[Record], after: Iterable[Record], *, names: Mapping[Urn, Urn]
) -> Sequence[Entry]:
    """Return the entries; `names` maps the former names of renamed records to their new ones."""
    old = {key_of(record): record for record in before}
    former = {new: name for name, new in names.items()}
    entries: list[Entry] = []
    kept = set()
    for record in after:
        key = key_of(record)
        name = former.get(record.urn)
        if name is not None and (name, record.creation) in old:
            entries += [Saved(record), Removed(name, record.creation)]
            kept.add((name, record.creation))
        elif old.get(key) != record:
            entries.append(Saved(record))
        kept.add(key)
    entries += [Removed(*key) for key in old if key not in kept]
    return entries
