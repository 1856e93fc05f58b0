"""Take a whole stack away, and ask the sites afterwards whether anything is left."""

from collections.abc import Sequence
from dataclasses import replace

from cloudmesh_iac.core.journal import Dropped, Entry, UpdateKind
from cloudmesh_iac.core.outcomes import FailedChange, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Intent, Snapshot, StackId
from cloudmesh_iac.core.selection import EVERYTHING, Selection
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.deletions import decide_destroy, raise_protected
from cloudmesh_iac.engine.hooks import raise_delete_hooks
from cloudmesh_iac.engine.interrupting import with_interruptions
from cloudmesh_iac.engine.leftovers import (
    cancel_unrecorded,
    lost_creates,
    on_sites,
    wait_until_nothing_is_left,
)
from cloudmesh_iac.engine.looking_again import look_again
from cloudmesh_iac.engine.removing import remove
from cloudmesh_iac.engine.strays import planned, seek_strays
from cloudmesh_iac.engine.writing import Hands, Parts, writing_to


def plan_destroy(stack: StackId, parts: Parts, selection: Selection = EVERYTHING) -> Plan:
    """Return the deletion of everything, or of what a selection says.

    Errors: UsageProblem for a selection that names nothing; ExperimentError for resources that are
    protected, that have delete hooks, or that would have to go with a target.
    """
    snapshot, choice = parts.begin(stack, is_preview=True), Choice(selection)
    choice.raise_unmet_in(snapshot)
    spared = choice.spared(snapshot)
    going = replace(
        snapshot, records=tuple(one for one in snapshot.records if one.urn not in spared)
    )
    changes = decide_destroy(going)
    choice.raise_unchosen(changes)
    raise_protected(changes, snapshot)
    raise_delete_hooks(going)
    lost = () if selection.is_limited else lost_creates(snapshot.intents, parts.remote)
    return Plan(
        stack=stack,
        base_serial=snapshot.serial,
        changes=(*with_interruptions(changes, snapshot), *planned(lost)),
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=snapshot.parameters,
        old_parameters=snapshot.parameters,
        seed_key=snapshot.seed_key,
        touches=bool(snapshot.intents) and not selection.is_limited,
        selection=selection,
        left_out=left_out_of(snapshot, spared),
    )


def left_out_of(snapshot: Snapshot, spared: frozenset[Urn]) -> tuple[Urn, ...]:
    """Return the objects that stay, because a person chose others."""
    live = snapshot.live().values()
    return tuple(sorted(one.urn for one in live if one.custom and one.urn in spared))


def destroy(plan: Plan, parts: Parts) -> RunOutcome:
    """Delete every record, dependents first; cancel what was started without a record.

    Errors: PlanBroken, StackLocked, StoreUnusable.
    """
    began_s = parts.clock.monotonic_s()
    snapshot = parts.begin(plan.stack, is_preview=False)
    with writing_to(snapshot, plan, kind=UpdateKind.DESTROY, parts=parts) as hands:
        outcome = take_away(snapshot, plan, hands=hands, parts=parts)
        outcome = replace(outcome, duration_s=parts.clock.monotonic_s() - began_s)
        hands.ending.note(outcome)
    return outcome


def take_away(snapshot: Snapshot, plan: Plan, *, hands: Hands, parts: Parts) -> RunOutcome:
    """Delete the records of a snapshot, and what the sites have of its stack besides.

    If the plan spares something, the sites are not asked: what they have may be that.
    """
    spared = Choice(plan.selection).spared(snapshot)
    records = [record for record in snapshot.records if record.urn not in spared]
    lost = () if plan.selection.is_limited else lost_creates(snapshot.intents, parts.remote)
    strays = seek_strays(
        lost,
        snapshot.records,
        providers=parts.providers,
        journal=hands.journal,
        events=parts.events,
    )
    records += strays.found
    if not plan.selection.is_limited:
        records += look_again(snapshot, declared={}, hands=hands, parts=parts)
    removal = remove(records, applier=hands.applier, pool=hands.pool, events=parts.events)
    outcome = RunOutcome(
        stack=plan.stack,
        kind=UpdateKind.DESTROY,
        failed=(*removal.failed, *hands.applier.hooks.troubles()),
        skipped=tuple(removal.skipped),
        removed=tuple(removal.removed),
    )
    if plan.selection.is_limited:
        return outcome
    settled = cancel_unrecorded(
        on_sites(snapshot.intents, parts.remote),
        plan.stack,
        remote=hands.remote,
        events=parts.events,
    )
    hands.journal.write(_dropped(settled, removal.failed))
    sites, left = wait_until_nothing_is_left(
        snapshot, remote=parts.remote, events=parts.events, clock=parts.clock
    )
    return replace(
        outcome,
        failed=(*removal.failed, *hands.applier.hooks.troubles()),
        checked_sites=sites,
        left=(*left, *strays.left),
    )


def _dropped(settled: Sequence[Intent], failed: Sequence[FailedChange]) -> Sequence[Entry]:
    """Close what was intended for urns that are gone now."""
    kept = {one.urn for one in failed}
    return [Dropped(intent.urn, intent.creation) for intent in settled if intent.urn not in kept]
