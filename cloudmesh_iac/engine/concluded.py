"""What has come of the resources of a run so far, and what does it mean for others?"""

import threading
from collections.abc import Iterable, Mapping

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.conclusions import GAPS, Conclusion, End


class Concluded:
    """Conclusions by urn; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_urn: dict[Urn, Conclusion] = {}

    def add(self, conclusion: Conclusion) -> None:
        with self._lock:
            self._by_urn[conclusion.change.urn] = conclusion

    def of(self, urn: Urn) -> Conclusion | None:
        with self._lock:
            return self._by_urn.get(urn)

    def all(self) -> Mapping[Urn, Conclusion]:
        with self._lock:
            return dict(self._by_urn)

    def blocked_by(self, registration: Registration) -> Urn | None:
        """Return what has failed of all that a resource stands on, None if nothing has."""
        options = registration.options
        sources = [*registration.dependencies, *options.replace_with]
        sources += [urn for urn in (registration.parent, options.deleted_with) if urn is not None]
        if registration.provider:
            sources.append(provider_urn(registration.provider))
        for conclusion in self._of(sources):
            if conclusion.end is End.SKIPPED:
                return conclusion.change.reasons[0].urn or conclusion.change.urn  # what began it
            if conclusion.end in {End.FAILED, End.BAD}:
                return conclusion.change.urn
        return None

    def replaced(self, registration: Registration) -> frozenset[Urn]:
        """Return what gets a new object, of all that a resource has values of or goes with.

        What is imported in the place of another has its object already.
        """
        sources = (*registration.dependencies, *registration.options.replace_with)
        changes = (one.change for one in self._of(sources))
        return frozenset(
            one.urn for one in changes if one.action is Action.REPLACE and not one.is_import
        )

    def has_postponed(self, urns: Iterable[Urn]) -> bool:
        return any(one.end is End.POSTPONED for one in self._of(urns))

    def has_gaps(self, declared: int) -> bool:
        """Say whether something may never have been reached, of so many that were declared."""
        concluded = self.all()
        return declared > len(concluded) or any(one.end in GAPS for one in concluded.values())

    def unfinished(self) -> tuple[Urn, ...]:
        """Return what could not be brought to what the program wants."""
        ends = {End.FAILED, End.SKIPPED}
        return tuple(urn for urn, one in self.all().items() if one.end in ends)

    def _of(self, urns: Iterable[Urn]) -> list[Conclusion]:
        with self._lock:
            return [self._by_urn[urn] for urn in urns if urn in self._by_urn]
