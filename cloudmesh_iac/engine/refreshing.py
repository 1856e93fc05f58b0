"""Look at what is recorded, and record what has changed without us."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, RunOutcome
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Intent, Snapshot, StackId
from cloudmesh_iac.core.selection import EVERYTHING, Selection
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.leftovers import lost_creates
from cloudmesh_iac.engine.looking import (
    Seen,
    change_of,
    entries_of,
    failures_in,
    look,
    raise_failures,
)
from cloudmesh_iac.engine.taking_over import take_over
from cloudmesh_iac.engine.tree_order import in_tree_order
from cloudmesh_iac.engine.writing import WORKERS, Hands, Parts, writing_to


def plan_refresh(stack: StackId, parts: Parts, selection: Selection = EVERYTHING) -> Plan:
    """Return what has changed: updates, and records that will be forgotten. Writes nothing.

    Errors: UsageProblem for a selection that names nothing; ExperimentError naming every resource
    that could not be looked at.
    """
    snapshot, choice = parts.begin(stack, is_preview=True), Choice(selection)
    choice.raise_unmet_in(snapshot)
    seen = look_only(snapshot, parts, choice)
    return Plan(
        stack=stack,
        base_serial=snapshot.serial,
        changes=drift_in(seen),
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=snapshot.parameters,
        old_parameters=snapshot.parameters,
        seed_key=snapshot.seed_key,
        touches=bool(entries_of(snapshot, seen)) or bool(chosen_lost(snapshot, choice, parts)),
        unseen=unseen_in(seen),
        selection=selection,
    )


def refresh(plan: Plan, parts: Parts) -> RunOutcome:
    """Look again and write down what is seen; what does not answer stays as it was recorded.

    Errors: PlanBroken, StackLocked, StoreUnusable.
    """
    began_s = parts.clock.monotonic_s()
    snapshot = parts.begin(plan.stack, is_preview=False)
    with writing_to(snapshot, plan, kind=UpdateKind.REFRESH, parts=parts) as hands:
        choice = Choice(plan.selection)
        seen = look_and_write(snapshot, hands=hands, parts=parts, choice=choice)
        lost = chosen_lost(snapshot, choice, parts)
        taken = take_over(lost, plan.stack, hands=hands, parts=parts)
        outcome = RunOutcome(
            stack=plan.stack,
            kind=UpdateKind.REFRESH,
            carried=(*carried_in(seen), *taken.carried),
            failed=(*failures_in(seen), *taken.failed),
            duration_s=parts.clock.monotonic_s() - began_s,
        )
        hands.ending.note(outcome)
    return outcome


def chosen_lost(snapshot: Snapshot, choice: Choice, parts: Parts) -> tuple[Intent, ...]:
    """Return the creates of which nobody knows whether they have made something."""
    lost = lost_creates(snapshot.intents, parts.remote)
    known = [*snapshot.records, *(intent.goal for intent in lost)]
    chosen = {one.urn for one in choice.looked_at(known)}
    return tuple(one for one in lost if one.urn in chosen)


def look_only(snapshot: Snapshot, parts: Parts, choice: Choice) -> tuple[Seen, ...]:
    """Errors: ExperimentError naming every resource that could not be looked at."""
    records = choice.looked_at(snapshot.records)
    with ThreadPoolExecutor(WORKERS) as pool:
        seen = look(records, providers=parts.providers, pool=pool)
    raise_failures(seen)
    return seen


def look_and_write(
    snapshot: Snapshot, *, hands: Hands, parts: Parts, choice: Choice
) -> tuple[Seen, ...]:
    records = choice.looked_at(snapshot.records)
    seen = look(records, providers=parts.providers, pool=hands.pool)
    hands.journal.write(entries_of(snapshot, seen))
    return seen


def drift_in(seen: Sequence[Seen]) -> tuple[Change, ...]:
    return in_tree_order(change_of(one) for one in seen if one.has_changed)


def told_as_gone(changes: Iterable[Change], drift: Iterable[Change]) -> tuple[Change, ...]:
    """Say of what is made because somebody took it away that this is why."""
    gone = {change.urn: change.reasons for change in drift if change.action is Action.FORGET}
    return tuple(
        replace(change, reasons=gone[change.urn])
        if change.action is Action.CREATE and change.urn in gone
        else change
        for change in changes
    )


def unseen_in(seen: Sequence[Seen]) -> tuple[Urn, ...]:
    return tuple(one.record.urn for one in seen if one.is_blind)


def carried_in(seen: Sequence[Seen]) -> tuple[Carried, ...]:
    return tuple(Carried(one.record.urn, change_of(one).action) for one in seen if one.has_changed)
