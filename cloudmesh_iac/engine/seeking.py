"""Look for what a lost create may have made, and read it."""

import threading
from collections.abc import Iterable
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Reason
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import marked, secret_keys
from cloudmesh_iac.engine.abilities import FindsLost, HasFinders, Search
from cloudmesh_iac.engine.asks import FindAsk, Found
from cloudmesh_iac.engine.looking import look_at
from cloudmesh_iac.engine.ports.providers import Providers
from cloudmesh_iac.engine.recovery import Adopt, candidates, decide_lost_create


class Seeker:
    """Safe to use from several threads: an object is found for one create only."""

    def __init__(self, records: Iterable[Record], providers: Providers) -> None:
        self._providers = providers
        self._lock = threading.Lock()
        self._held: dict[ResourceType, set[str]] = {}
        for record in records:
            self._held.setdefault(record.type, set()).add(record.id)

    def seek(
        self, intent: Intent, registration: Registration | None = None
    ) -> Record | Failure | None:
        """Return the record of what is there, None for nothing; a Failure if nobody can tell.

        `registration` is what the program says of the resource now, if it declares it.
        """
        ask = _ask(intent, registration)
        goal = replace(intent.goal, provider=ask.provider)
        looked = self._look(ask)
        if isinstance(looked, Failure):
            return looked
        search, found = looked
        with self._lock:
            held = self._held.setdefault(goal.type, set())
            verdict = decide_lost_create(intent, search, found, held=held)
            if isinstance(verdict, Adopt):
                held.add(verdict.id)
        if isinstance(verdict, Failure):
            return verdict
        return self.read(goal, verdict.id) if isinstance(verdict, Adopt) else None

    def beside(
        self, intent: Intent, registration: Registration | None
    ) -> tuple[Search, tuple[str, ...]] | Failure:
        """Return how a create is looked for, and what it may have made that no record holds."""
        looked = self._look(_ask(intent, registration))
        if isinstance(looked, Failure):
            return looked
        search, found = looked
        held = self._held.get(intent.goal.type, set())
        return search, candidates(intent, search, found, held=held)

    def _look(self, ask: FindAsk) -> tuple[Search, tuple[Found, ...]] | Failure:
        finder = _finder(self._providers, ask)
        if finder is None:
            return Search.NONE, ()
        if isinstance(finder, Failure):
            return finder
        search = finder.search(ask)
        if isinstance(search, Failure):
            return search
        found = () if search is Search.NONE else finder.find(ask)
        return found if isinstance(found, Failure) else (search, tuple(found))

    def read(self, goal: Record, id_: str) -> Record | Failure | None:
        """Return the object of this id as it is now; None where it is gone.

        Its inputs stand for the outputs that nobody has seen: a plugin that is told nothing of an
        object puts together what it would import, and some of that reads like another one.
        """
        there = replace(goal, id=id_, outputs=goal.outputs or goal.inputs)
        now = look_at(there, self._providers).now
        if not isinstance(now, Record):
            return now
        secrets = secret_keys(goal.inputs).union(goal.options.additional_secret_outputs)
        return replace(now, outputs=marked(now.outputs, secrets))


def _ask(intent: Intent, registration: Registration | None) -> FindAsk:
    goal = intent.goal
    if registration is None:
        return FindAsk(goal.urn, goal.type, goal.inputs, goal.inputs, provider=goal.provider)
    news, provider = registration.inputs, registration.provider
    return FindAsk(goal.urn, goal.type, goal.inputs, news, provider=provider)


def how_found(providers: Providers, ask: FindAsk) -> Search | Failure:
    finder = _finder(providers, ask)
    if finder is None:
        return Search.NONE
    return finder if isinstance(finder, Failure) else finder.search(ask)


def _finder(providers: Providers, ask: FindAsk) -> FindsLost | Failure | None:
    """Return who can look: who made it, else who does that for a plugin; None for nobody."""
    provider = providers.provider(ask.type, ask.provider)
    if isinstance(provider, Failure | FindsLost):
        return provider
    return providers.finder(ask) if isinstance(providers, HasFinders) else None


def as_far_as_known(
    change: Change, intent: Intent, registration: Registration, *, providers: Providers
) -> Change | Failure:
    """Return what a plan can say of a resource that may be there already. Nobody looks for it."""
    if change.action not in {Action.CREATE, Action.REPLACE}:
        return change
    search = how_found(providers, _ask(intent, registration))
    if isinstance(search, Failure):
        return search
    verdict = decide_lost_create(intent, search, (), held=())
    if not isinstance(verdict, Failure):
        return change
    reason = Reason(Cause.UNSETTLED, urn=change.urn, note=f"{verdict.message}; {verdict.hint}")
    return replace(change, action=Action.UNDECIDED, reasons=(reason,), steps=())
