"""Gather the starts of each site, so that a scheduler is asked once and not a thousand times."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.engine.goals import Settled, Task

NO_ROOM = Failure(
    "the site takes no more jobs of yours now, and none of this stack is left to wait for",
    hint="`cmx up` submits it when other jobs of yours have ended",
)


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
        self._kept: dict[SiteName, list[Gathered]] = {}
        self._with_room: set[SiteName] = set()

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
        """Return every group as it is: nothing more will come before one of them is answered.

        What was kept for a site comes again, once for all that has ended there since.
        """
        with self._lock:
            again = [self._kept.pop(site) for site in self._with_room & self._kept.keys()]
            self._with_room.clear()
            groups = (*self._groups.values(), *again)
            self._groups.clear()
            return groups

    def is_empty(self) -> bool:
        """Say whether nothing is to be started now; what was kept does not count."""
        with self._lock:
            return not self._groups

    def keep(self, site: SiteName, group: Sequence[Gathered]) -> None:
        """Keep what a full site did not take, until something has ended there."""
        if group:
            with self._lock:
                self._kept.setdefault(site, []).extend(group)

    def made_room(self, site: SiteName) -> None:
        """Something has ended there: what was kept is taken with the next groups."""
        with self._lock:
            self._with_room.add(site)

    def has_kept(self) -> bool:
        with self._lock:
            return bool(self._kept)

    def give_up(self) -> Sequence[Gathered]:
        """Return everything that was kept."""
        with self._lock:
            kept = [one for group in self._kept.values() for one in group]
            self._kept.clear()
            return kept


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
