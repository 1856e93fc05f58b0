"""What did a person approve in the last run, so that waiting for its end needs no second word?"""

import hashlib
import json
from collections.abc import Mapping

from cloudmesh_iac.core.journal import UpdateKind, UpdateStarted
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Parameter, Snapshot, StackId
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.errors import PlanBroken
from cloudmesh_iac.views.values_json import json_value

SITE = "--on"
_FEW = 20
_BY_THE_WAY = {UpdateKind.STATUS, UpdateKind.SETTLE, UpdateKind.RESTORE}  # nobody approves a plan


def site_parameter(site: str) -> Parameter:
    """Return `--on SITE` as something that is kept with the run."""
    return Parameter(SITE, site, "", "site", "option")


def recorded_options(snapshot: Snapshot) -> dict[str, str]:
    """Return the parameters that were given as options in the last run."""
    return {
        one.name: one.value
        for one in snapshot.parameters
        if one.origin == "option" and one.name != SITE
    }


def recorded_site(snapshot: Snapshot) -> str | None:
    sites = [one.value for one in snapshot.parameters if one.name == SITE]
    return sites[0] if sites else None


def recorded_request(snapshot: Snapshot) -> Request:
    """Return a run with the parameters of the last one."""
    return Request(snapshot.stack, options=recorded_options(snapshot))


def fingerprint(plan: Plan, config: Mapping[str, str]) -> str:
    """Return a digest of what a plan is made from, the state left out."""
    files = {
        change.urn: json_value(change.inputs["inputs"])
        for change in plan.changes
        if "inputs" in change.inputs
    }
    parts = [
        plan.program_digest,
        dict(config),
        {one.name: one.value for one in plan.parameters},
        files,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def refuse_what_is_new(plan: Plan, store: Store, stack: StackId) -> None:
    """Errors: PlanBroken for changes that the last `up` of this stack did not show."""
    if not plan.has_changes:
        return
    last = _last_run(store, stack)
    is_the_same = last is not None and last.fingerprint == plan.fingerprint
    if not is_the_same or (last is not None and last.kind is UpdateKind.DESTROY):
        raise PlanBroken(
            "the program or its settings have changed since the last `cmx up`, and want more than"
            " was approved",
            hint="`cmx up` shows the new plan",
        )


def _last_run(store: Store, stack: StackId) -> UpdateStarted | None:
    """Return the last run that somebody approved; it stands among the newest, nearly always."""
    for newest in (_FEW, None):
        for entry in reversed(store.history(stack, newest=newest)):
            if entry.started.kind not in _BY_THE_WAY:
                return entry.started
    return None
