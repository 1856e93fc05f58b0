"""What is true of every stack's records, whatever happened to its runs?"""

from collections import Counter
from collections.abc import Iterator

from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import distinct

_RESTORE = "restore a backup from before: cmx state restore FILE"
_REFRESH = "let the program declare it again: cmx up; or restore a backup"


def broken_invariants(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return what is wrong with the records and intents of one stack; empty when all is well.

    There is one live record for each urn. What lives stands on what lives, and never on itself,
    directly or through others; what is still to be deleted stands on something that is there. The
    number of creations of a urn is never below that of an object that it has or had.
    """
    return (
        *_several_live(snapshot),
        *_dangling(snapshot),
        *_in_circles(snapshot),
        *_uncounted(snapshot),
    )


def _several_live(snapshot: Snapshot) -> Iterator[Finding]:
    number = Counter(record.urn for record in snapshot.records if not record.doomed)
    for urn, count in number.items():
        if count > 1:
            yield Finding(f"it has {count} live records, there can be one", urn, _RESTORE)


def _dangling(snapshot: Snapshot) -> Iterator[Finding]:
    everything = {record.urn for record in snapshot.records}
    live = set(snapshot.live())
    for record in snapshot.records:
        there = everything if record.doomed else live
        for urn in stands_on(record):
            if urn not in there:
                yield Finding(f"it stands on {urn}, which is not recorded", record.urn, _REFRESH)


def _in_circles(snapshot: Snapshot) -> Iterator[Finding]:
    """Take away what stands on nothing that is left, until only circles and their users are."""
    live = snapshot.live()
    left = {
        urn: {needed for needed in stands_on(record) if needed in live}
        for urn, record in live.items()
    }
    users: dict[Urn, list[Urn]] = {}
    for urn, needs in left.items():
        for needed in needs:
            users.setdefault(needed, []).append(urn)
    free = [urn for urn, needs in left.items() if not needs]
    while free:
        urn = free.pop()
        del left[urn]
        for user in users.get(urn, ()):
            left[user].discard(urn)
            if not left[user]:
                free.append(user)
    for urn in left:
        yield Finding("it stands on itself, through others or directly", urn, _RESTORE)


def _uncounted(snapshot: Snapshot) -> Iterator[Finding]:
    objects = [(record.urn, record.creation) for record in snapshot.records]
    objects += [(intent.urn, intent.creation) for intent in snapshot.intents]
    for urn, creation in sorted(set(objects)):
        counted = snapshot.creations.get(urn, 0)
        if creation > counted:
            what = f"it has object {creation}, but only {counted} creations were counted"
            yield Finding(what, urn, _RESTORE)


def stands_on(record: Record) -> tuple[Urn, ...]:
    """Return what a record refers to, each once: parent, dependencies, companions, provider."""
    options = record.options
    found = [record.parent, *record.dependencies, options.deleted_with, *options.replace_with]
    found += [urn for urns in record.property_dependencies.values() for urn in urns]
    found.append(provider_urn(record.provider) or None)
    return distinct(urn for urn in found if urn is not None)
