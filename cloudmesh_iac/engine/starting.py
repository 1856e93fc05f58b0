"""Gather the starts of each site, so that a scheduler is asked once and not a thousand times."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.engine.goals import Settled, Task


@dataclass(frozen=True, slots=True)
class Gathered:
    """A start that waits for its companions, and what is to be done with its answer."""

    task: Task
    settle: Callable[[Settled | Failure], None]


class Starts:
    """Starts by site. A site's group is complete when all that the plan lists have come."""

    def __init__(self, expected: Mapping[SiteName, int]) -> None:
        self._left = dict(expected)
        self._lock = threading.Lock()
        self._groups: dict[SiteName, list[Gathered]] = {}

    def add(self, site: SiteName, gathered: Gathered) -> Sequence[Gathered]:
        """Add one start; return the whole group when it is complete, else nothing."""
        with self._lock:
            group = self._groups.setdefault(site, [])
            group.append(gathered)
            self._left[site] = self._left.get(site, 0) - 1
            if self._left[site] > 0:
                return ()
            return self._groups.pop(site)

    def take(self) -> Sequence[Sequence[Gathered]]:
        """Return every group as it is: nothing more will come before one of them is answered."""
        with self._lock:
            groups = tuple(self._groups.values())
            self._groups.clear()
            return groups

    def is_empty(self) -> bool:
        with self._lock:
            return not self._groups


def expected_starts(plan: Plan) -> Mapping[SiteName, int]:
    """Return how many creates with known inputs a plan lists for each site.

    One that waits for another thing's value may come long after the rest, or never.
    """
    expected: dict[SiteName, int] = {}
    for change in plan.changes:
        if change.starts and not any(map(has_unknown, change.inputs.values())):
            site = SiteName(change.site)
            expected[site] = expected.get(site, 0) + 1
    return expected
