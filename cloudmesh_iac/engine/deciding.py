"""Put the planner's questions to the providers, until there is a decision."""

from collections.abc import MutableMapping
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    DiffAsk,
    Difference,
    Gone,
    Move,
    MoveAsk,
    Read,
    ReadAsk,
    Refusal,
)
from cloudmesh_iac.engine.planner import decide
from cloudmesh_iac.engine.ports.providers import Providers, Reads
from cloudmesh_iac.engine.recognising import Recogniser
from cloudmesh_iac.engine.situation import Answers, Situation


class Deciding:
    """One for each evaluation; what is read on the way is kept in `found`."""

    def __init__(
        self,
        providers: Providers,
        found: MutableMapping[Urn, Read],
        recogniser: Recogniser | None = None,
    ) -> None:
        self._providers = providers
        self._found = found
        self._recogniser = recogniser

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        provider = self._providers.provider(ask.type, ask.provider)
        return provider if isinstance(provider, Failure) else provider.diff(ask)

    def decided(
        self, registration: Registration, situation: Situation
    ) -> Change | Refusal | Failure:
        """Put the planner's questions to the provider until there is a decision."""
        answers = Answers()
        while True:
            decision = decide(registration, situation, answers)
            if isinstance(decision, Change | Refusal):
                return decision
            answer = self.ask(decision)
            if isinstance(answer, Refusal | Failure):
                return answer
            if isinstance(answer, Read):
                self._found[registration.urn] = answer
            if isinstance(answer, Checked):
                situation = self._recognised(situation, answer)
            answers = answers.with_answer(answer)

    def _recognised(self, situation: Situation, checked: Checked) -> Situation:
        """A provider may have made another value of a secret than the program said."""
        if self._recogniser is None or situation.record is None:
            return situation
        opened = self._recogniser.opened(situation.record, checked.inputs)
        return replace(situation, record=opened)

    def ask(
        self, ask: CheckAsk | DiffAsk | MoveAsk | ReadAsk
    ) -> Checked | Difference | Move | Read | Gone | Refusal | Failure:
        if isinstance(ask, DiffAsk):
            return self.diff(ask)
        if isinstance(ask, MoveAsk):
            found = self.diff(ask.config)
            return found if isinstance(found, Failure) else Move(bool(found.replaces))
        provider = self._providers.provider(ask.type, ask.provider)
        if isinstance(provider, Failure):
            return provider
        if isinstance(ask, CheckAsk):
            return provider.check(ask)
        if isinstance(provider, Reads):
            return provider.read(ask)
        return Failure(f"nobody can look at a {ask.type}")
