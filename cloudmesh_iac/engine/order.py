"""In which order can records go, so that nothing goes before what stands on it?"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.needs import sources_of

Key: TypeAlias = tuple[Urn, int]


def levels(records: Iterable[Record]) -> tuple[tuple[Record, ...], ...]:
    """Group records so that each group can go at once when the groups before it are gone.

    The order inside a group is that of the creations, newest first. Runs in time proportional to
    the number of records and edges.
    """
    below = _Below(records)
    depth: dict[Key, int] = {}
    groups: dict[int, list[Record]] = {}
    passed: set[Key] = set()
    for record in below.dependents_first():
        mine = depth.setdefault(key_of(record), 0)
        passed.add(key_of(record))
        groups.setdefault(mine, []).append(record)
        for source in below.of(record):
            if key_of(source) not in passed:
                depth[key_of(source)] = max(depth.get(key_of(source), 0), mine + 1)
    return tuple(tuple(sorted(groups[one], key=_newest_first)) for one in sorted(groups))


def sources_first(records: Iterable[Record]) -> Sequence[Record]:
    """Return records so that what one stands on comes before it."""
    return _Below(records).dependents_first()[::-1]


class _Below:
    """What stands below what, among some records.

    The order of creations says nothing about it: a later run may make an old thing depend on a new
    one. Then a replaced object and its successor can even form a ring, by their common urn.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._objects: dict[Urn, list[Record]] = {}
        for record in records:
            self._objects.setdefault(record.urn, []).append(record)

    def of(self, record: Record) -> Iterator[Record]:
        for urn in sources_of(record):
            yield from self._objects.get(urn, ())

    def dependents_first(self) -> Sequence[Record]:
        """Walk down from each record; what is left last comes first. Replaced ones win a ring."""
        everything = [record for objects in self._objects.values() for record in objects]
        seen: set[Key] = set()
        left: list[Record] = []
        for start in sorted(everything, key=_is_live):
            path = [(start, self.of(start))] if key_of(start) not in seen else []
            seen.add(key_of(start))
            while path:
                record, sources = path[-1]
                source = next((one for one in sources if key_of(one) not in seen), None)
                if source is None:
                    left.append(record)
                    path.pop()
                else:
                    seen.add(key_of(source))
                    path.append((source, self.of(source)))
        return left[::-1]


def key_of(record: Record) -> Key:
    """Tell the objects of one urn apart."""
    return record.urn, record.creation


def _is_live(record: Record) -> bool:
    return not record.doomed


def _newest_first(record: Record) -> int:
    return -record.order
