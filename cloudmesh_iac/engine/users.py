"""Who stands on what, among the records of a stack?"""

import heapq
from collections.abc import Callable, Iterable, Sequence

from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn


class Users:
    """An index of some records, made once and then asked about many of them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._users: dict[Urn, list[Record]] = {}
        for record in records:
            for source in _used_by(record):
                self._users.setdefault(source, []).append(record)

    def of(self, urn: Urn) -> Sequence[Record]:
        """Return what stands on one thing directly. A child does not stand on its parent."""
        return self._users.get(urn, ())

    def near_and_far(
        self, root: Urn, counts: Callable[[Record], bool] = lambda _: True
    ) -> tuple[Record, ...]:
        """Return what stands on `root`, each after what it stands on, oldest first.

        Records that do not count are passed over, and so is what stands on them only. Runs in time
        proportional to the number of edges from `root` on.
        """
        users: dict[Urn, list[Record]] = {}  # it is asked once for each who counts
        reached: dict[Urn, int] = {root: 0}  # how many edges from inside lead to it
        waiting = [root]
        while waiting:
            urn = waiting.pop()
            users[urn] = [
                record for record in self.of(urn) if record.urn in reached or counts(record)
            ]
            for record in users[urn]:
                if record.urn not in reached:
                    waiting.append(record.urn)
                reached[record.urn] = reached.get(record.urn, 0) + 1
        ordered: list[Record] = []
        heap: list[tuple[int, Urn, Record | None]] = [(0, root, None)]
        while heap:
            _, urn, found = heapq.heappop(heap)
            ordered += [found] if found is not None else []
            for record in users[urn]:
                reached[record.urn] -= 1
                if not reached[record.urn]:
                    heapq.heappush(heap, (record.order, record.urn, record))
        return tuple(ordered)


def _used_by(record: Record) -> set[Urn]:
    options = record.options
    used = {*record.dependencies, *options.replace_with}
    for sources in record.property_dependencies.values():
        used.update(sources)
    if record.provider:
        used.add(provider_urn(record.provider))
    return used if options.deleted_with is None else {*used, options.deleted_with}
