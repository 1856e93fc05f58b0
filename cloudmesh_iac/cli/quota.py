"""Does a plan want more of a site than the account may have there?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cloudmesh_iac.core.nodes import Allowance, Counted, Flavor, Thing
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.urns import CHOICE_TYPE
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.node_abilities import MakesNodes, Quotes
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.settings.load import OpenSites
from cloudmesh_iac.views.sites_text import amount

_COUNTED: Mapping[str, Counted] = {
    Thing.VM: Counted.MACHINES,
    Thing.FLOATING_IP: Counted.ADDRESSES,
    Thing.NETWORK: Counted.NETWORKS,
    Thing.ROUTER: Counted.ROUTERS,
    Thing.SECURITY_GROUP: Counted.SECURITY_GROUPS,
    Thing.KEY_PAIR: Counted.KEY_PAIRS,
}


def with_quota(plan: Plan, sites: OpenSites) -> Plan:
    """Return the plan with a warning for all that it wants beyond a quota.

    The sites are asked, each once; one that says nothing of quotas, or does not answer, is left
    alone: what it refuses, it refuses. Only things of our own components are counted.
    """
    chosen = [one for one in plan.changes if one.type == CHOICE_TYPE and one.action.is_change]
    names = sorted({str(one.inputs.get("site") or "") for one in chosen} - {""})
    warnings = [words for name in names for words in _warnings(name, chosen, sites)]
    return replace(plan, warnings=(*plan.warnings, *warnings)) if warnings else plan


def _warnings(name: str, chosen: Iterable[Change], sites: OpenSites) -> Iterator[str]:
    try:
        provider = sites.provider(name)
        if not isinstance(provider, Quotes):
            return
        there = [one for one in chosen if one.inputs.get("site") == name]
        flavors = provider.flavors() if isinstance(provider, MakesNodes) else ()
        wanted = _wanted(there, {one.name: one for one in flavors})
        if any(number > 0 for number in wanted.values()):
            for allowance in provider.allowances():
                if allowance.lacks(wanted[allowance.what]):
                    yield _words(name, allowance, wanted[allowance.what])
    except CmxError:
        return


def _wanted(changes: Iterable[Change], flavors: Mapping[str, Flavor]) -> Counter[Counted]:
    """Count what there will be more of than now; less where things go."""
    wanted: Counter[Counted] = Counter()
    for change in changes:
        sign = {Action.CREATE: 1, Action.DELETE: -1}.get(change.action, 0)
        kind = str(change.inputs.get("kind"))
        if kind in _COUNTED:
            wanted[_COUNTED[kind]] += sign
        flavor = flavors.get(_flavor_in(change.inputs)) if kind == Thing.VM else None
        if flavor is not None:
            wanted[Counted.CPUS] += sign * flavor.cpus
            wanted[Counted.MEMORY_MB] += sign * flavor.memory_mb
    return wanted


def _flavor_in(inputs: Properties) -> str:
    found = inputs.get("found")
    return str(found.get("flavor")) if isinstance(found, Mapping) else ""


def _words(site: str, allowance: Allowance, wanted: int) -> str:
    what = allowance.what
    used, limit = amount(what, allowance.used), amount(what, allowance.limit)
    more = amount(what, allowance.lacks(wanted))
    return (
        f"{site}: {amount(what, wanted)} more {what.words} are wanted, {used} of {limit} are used:"
        f" {more} too many for the quota"
    )
