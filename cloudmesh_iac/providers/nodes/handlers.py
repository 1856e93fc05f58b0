"""The dynamic providers of machines, networks and what belongs to them.

Their paths and class names are stored in state: they stay.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.nodes import Made, Thing, Wanted
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.node_abilities import HoldsThings
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.providers.dynamic.calls import is_unknown
from cloudmesh_iac.providers.dynamic.found_again import FoundAgain
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff, changed_inputs
from cloudmesh_iac.providers.dynamic.seed import token_of
from cloudmesh_iac.providers.dynamic.site_handler import SiteHandler, told_handlers
from cloudmesh_iac.providers.nodes.checking import problems_of
from cloudmesh_iac.providers.nodes.properties import (
    AWAY,
    INPUTS,
    LOSSES,
    OUTPUTS,
    REPLACING,
    as_things,
)
from cloudmesh_iac.settings.load import OpenSites


class _ThingHandler(SiteHandler):
    thing: ClassVar[Thing]

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        filled = {**news, "token": token_of(_olds)}
        if is_unknown(news.get("site")):
            return CheckResult(filled, [])
        try:
            site = site_of(self.sites, str(news["site"]))
            problems = problems_of(self.thing, _olds, news, site=site)
        except CmxError as error:
            problems = {"site": error.in_one_line}
        return CheckResult(filled, [CheckFailure(key, words) for key, words in problems.items()])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = changed_inputs(_olds, _news, INPUTS[self.thing])
        replaces = tuple(key for key in keys if key in REPLACING[self.thing])
        costs = LOSSES if self.thing is Thing.VM else {}
        losses = tuple(costs[key] for key in keys if key in costs)
        away = AWAY.get(self.thing, frozenset()).intersection(keys)
        return KeyedDiff(
            keys, replaces, losses=losses, stables=("id",), interrupts=bool(away) and not replaces
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        made = self._site(props).create(self._wanted(props))
        return CreateResult(made.id, self._outputs(props, made))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        made = self._site(_news).change(_id, self._wanted(_news))
        return UpdateResult(self._outputs(_news, made))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        made = self._site(props).look(id_)
        if made is None:
            return ReadResult("", {})
        outputs = self._outputs(props, made)
        inputs = {key: outputs[key] for key in (*INPUTS[self.thing], "token") if key in outputs}
        return FoundAgain(made.id, outputs, inputs)

    def find(self, props: dict[str, Any], token: str) -> str | None:
        """Look for what a create may have made whose answer nobody saw."""
        made = self._site(props).find(token)
        return None if made is None else made.id

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        self._site(_props).remove(_id)

    def _site(self, props: Mapping[str, Any]) -> HoldsThings:
        return site_of(self.sites, str(props["site"]))

    def _wanted(self, props: Mapping[str, Any]) -> Wanted:
        return Wanted(self.thing, str(props["token"]), as_things(self.thing, props))

    def _outputs(self, props: Mapping[str, Any], made: Made) -> dict[str, Any]:
        """Return the inputs as they are now there, and what the site gave beside them."""
        known = dict.fromkeys(OUTPUTS[self.thing])
        return {**known, **props, **made.outputs, "raw": dict(made.outputs)}


class VmHandler(_ThingHandler):
    thing = Thing.VM


class KeyPairHandler(_ThingHandler):
    thing = Thing.KEY_PAIR


class NetworkHandler(_ThingHandler):
    thing = Thing.NETWORK


class SubnetHandler(_ThingHandler):
    thing = Thing.SUBNET


class RouterHandler(_ThingHandler):
    thing = Thing.ROUTER


class SecurityGroupHandler(_ThingHandler):
    thing = Thing.SECURITY_GROUP


class FloatingIpHandler(_ThingHandler):
    thing = Thing.FLOATING_IP


_HANDLERS = (
    VmHandler,
    KeyPairHandler,
    NetworkHandler,
    SubnetHandler,
    RouterHandler,
    SecurityGroupHandler,
    FloatingIpHandler,
)


def thing_handlers(sites: OpenSites) -> Mapping[ResourceType, ResourceProvider]:
    return told_handlers(_HANDLERS, sites)


def site_of(sites: OpenSites, name: str) -> HoldsThings:
    """Errors: UsageProblem for a site that is not there or makes no machines."""
    provider = sites.provider(name)
    if not isinstance(provider, HoldsThings):
        raise UsageProblem(f"site {name!r} makes no machines", subject=name)
    return provider
