"""Things of a cloud as a run asks for them: our declarations, its plugin, our look-ups."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import pulumi

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.nodes import Made, Thing, Wanted
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.packages import is_provider_type
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.advising import AdvisedPackages
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    DeleteAsk,
    DiffAsk,
    Refusal,
    UpdateAsk,
)
from cloudmesh_iac.engine.looking import look_at
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.engine.provider_inputs import as_provider
from cloudmesh_iac.engine.provider_registry import Registry
from cloudmesh_iac.engine.seeking import Seeker
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.plugins.finding import Places
from cloudmesh_iac.plugins.packages import Around, PluginPackages
from cloudmesh_iac.plugins.schemas import SchemaShelf
from cloudmesh_iac.providers.openstack.provider import OpenStackProvider
from cloudmesh_iac.providers.openstack.resources import declare_thing
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.kinds import adviser, finder
from cloudmesh_iac.settings.sites import Site
from tests.unit.components.evaluating import evaluate

_SEED = "5e" * 32
_LONGEST_S = 120.0
_Answer = TypeVar("_Answer")


class _Silence:
    def tell(self, event: Event) -> None:
        """Nobody looks."""


class _Nobody:
    """No provider but those of plugins."""

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        return Failure(f"nobody knows {type_} {reference}")

    def close(self) -> None:
        """Nothing was started."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a run knows of a thing that it has made."""

    wanted: Wanted
    record: Record


class OpenStackThings(OpenStackProvider):
    """Satisfies HoldsThings for things that a plugin makes.

    What the engine does around a plugin is done here with its parts: the intent of a create is
    noted before it, and one that was noted is looked for before it is carried out again.
    """

    def __init__(self, site: Site, computer: Computer, *, plugins: Path) -> None:
        super().__init__(site, computer)
        self._at = site
        self._folder, self._clock = computer.home, computer.clock
        packages = PluginPackages(
            Places(folders=[plugins]),
            Around(
                computer.environment, {}, self._folder, sys.executable, SchemaShelf(self._folder)
            ),
            events=_Silence(),
            fetch=lambda package: Failure(f"{package} is not here"),
        )
        self._providers = Registry(
            _Nobody(),
            AdvisedPackages(packages, adviser),
            configured=lambda _: {},
            new_id=lambda: f"id-of-{site.name}",  # as in the references of an evaluation
            finders=cache(partial(finder, computer=computer)),
        )
        self._is_configured = False
        self._begun: dict[str, tuple[Wanted, Intent]] = {}
        self._things: dict[str, _Kept] = {}

    def close(self) -> None:
        self._providers.close()

    def empty(self) -> None:
        """Take away what was made here and is still there, the newest first."""
        for id_ in reversed([*self._things]):
            self.remove(id_)
        self._things.clear()

    # --- the port ---------------------------------------------------------------------------------

    def create(self, wanted: Wanted) -> Made:
        found = self.find(wanted.token)
        if found is not None:
            return found
        goal = self._checked(wanted, self._declared(wanted))
        intent = Intent(goal.urn, Op.CREATE, 1, goal, begun=self._clock.now())
        self._begun[wanted.token] = wanted, intent
        ask = CreateAsk(
            goal.urn, goal.type, goal.inputs, provider=goal.provider, timeout_s=_LONGEST_S
        )
        answer = self._served(goal).create(ask)
        if isinstance(answer, Failure):
            is_nothing = answer.is_certain or self.find(wanted.token) is None
            raise (SiteRefused if is_nothing else SiteUnreachable)(answer.message, hint=answer.hint)
        assert not answer.init_errors
        return self._made(wanted, replace(goal, id=answer.id, outputs=answer.outputs))

    def find(self, token: str) -> Made | None:
        """Without an intent nothing was begun."""
        if token not in self._begun:
            return None
        wanted, intent = self._begun[token]
        record = _given(Seeker((), self._providers).seek(intent))
        return None if record is None else self._made(wanted, record)

    def change(self, id_: str, wanted: Wanted) -> Made:
        old = self._things[id_].record
        goal = self._checked(wanted, self._declared(wanted), olds=old.inputs)
        provider = self._served(goal)
        asked = old.urn, old.type, old.id, old.inputs, old.outputs, goal.inputs
        difference = _given(provider.diff(DiffAsk(*asked, provider=goal.provider)))
        assert difference.has_changes
        assert not difference.replaces
        ask = UpdateAsk(*asked, provider=goal.provider, timeout_s=_LONGEST_S)
        answer = _given(provider.update(ask))
        return self._made(wanted, replace(goal, id=id_, outputs=answer.outputs))

    def look(self, id_: str) -> Made | None:
        kept = self._things[id_]
        now = _given(look_at(kept.record, self._providers).now)
        return None if now is None else self._made(kept.wanted, now)

    def remove(self, id_: str) -> None:
        old = self._things[id_].record
        ask = DeleteAsk(
            old.urn,
            old.type,
            old.id,
            old.inputs,
            old.outputs,
            provider=old.provider,
            timeout_s=_LONGEST_S,
        )
        answer = self._served(old).delete(ask)
        if isinstance(answer, Failure):
            raise SiteRefused(answer.message, hint=answer.hint)

    # --- what a run does --------------------------------------------------------------------------

    def _declared(self, wanted: Wanted) -> Registration:
        """Return what a program registers for a thing; its provider is configured by then."""
        declared = evaluate(partial(self._declare, wanted), folder=self._folder)
        [provider] = [one for one in declared.registrations if is_provider_type(one.type)]
        self._configure(as_provider(provider))
        return declared.registrations[-1]

    def _declare(self, wanted: Wanted) -> Any:
        props = {"tags": {}, **wanted.props}
        nothing = pulumi.ResourceOptions()
        return declare_thing(wanted.thing, wanted.token, props, site=self._at, opts=nothing)

    def _configure(self, provider: Registration) -> None:
        if self._is_configured:
            return
        self._is_configured = True
        served = _given(self._providers.provider(provider.type))
        ask = CheckAsk(provider.urn, provider.type, {}, provider.inputs, _SEED)
        checked = _given(served.check(ask))
        _given(served.create(CreateAsk(provider.urn, provider.type, checked.inputs)))

    def _served(self, goal: Record) -> Provider:
        return _given(self._providers.provider(goal.type, goal.provider))

    def _checked(
        self, wanted: Wanted, registration: Registration, *, olds: Properties | None = None
    ) -> Record:
        """Return the record of a thing as it is to be; nothing is there yet."""
        urn, type_, reference = registration.urn, registration.type, registration.provider
        served = _given(self._providers.provider(type_, reference))
        ask = CheckAsk(urn, type_, olds or {}, registration.inputs, _SEED, provider=reference)
        checked: Checked = _given(served.check(ask))
        return Record(
            urn, type_, custom=True, id="", inputs=checked.inputs, outputs={}, provider=reference
        )

    def _made(self, wanted: Wanted, record: Record) -> Made:
        self._things[record.id] = _Kept(wanted, record)
        return Made(record.id, wanted.thing, self._told(wanted, record), wanted.token)

    def _told(self, wanted: Wanted, record: Record) -> Mapping[str, object]:
        """Return the outputs as a program sees them, in the words of all kinds."""
        told: dict[str, Any] = {}

        def declare() -> None:
            outputs = self._declare(wanted).outputs
            pulumi.Output.all(**outputs).apply(told.update)

        def answers(registration: Registration) -> Properties:
            return record.outputs if registration.urn == record.urn else {}

        evaluate(declare, folder=self._folder, answers=answers)
        raw = told.pop("raw")
        del told["id"]  # an evaluation makes up its own
        told["name"] = raw["name"]
        if wanted.thing is Thing.VM:
            told |= {"flavor": raw["flavor_name"], "tags": raw["all_metadata"]}
        return told


def _given(answer: _Answer | Failure | Refusal) -> _Answer:
    if isinstance(answer, Failure):
        raise SiteUnreachable(answer.message, hint=answer.hint)
    if isinstance(answer, Refusal):
        raise SiteRefused(answer.message)
    return answer
