"""Take a whole stack away while its program says what it declares: destroy with the program."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Change, Plan, Step
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import distinct
from cloudmesh_iac.engine.around import call_for_planned_deletes
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.deletions import decide_destroy, raise_protected
from cloudmesh_iac.engine.destroying import left_out_of, take_away
from cloudmesh_iac.engine.embedded import Request, Silent, evaluation_of
from cloudmesh_iac.engine.evaluating import evaluated, raise_what_failed
from cloudmesh_iac.engine.failures import failed_in, raise_refusals
from cloudmesh_iac.engine.gathering import GatheringSession
from cloudmesh_iac.engine.leftovers import lost_creates
from cloudmesh_iac.engine.order import key_of
from cloudmesh_iac.engine.ports.program import Program
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.rewriting import entries_between, names_in, records_after
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.strays import planned
from cloudmesh_iac.engine.writing import WORKERS, Parts, writing_to
from cloudmesh_iac.errors import PlanBroken

_BEFORE = {Action.UPDATE: Op.UPDATE, Action.READ: Op.READ}


class DestroyingSession(GatheringSession):
    """Takes each custom resource as it is recorded, with the options that it has now."""

    def known(self, record: Record) -> Record:
        return record


def plan_destroy_declared(program: Program, request: Request, parts: Parts) -> Plan:
    """Return the deletion of everything that is chosen, with the options that it has now.

    Errors: UsageProblem for a selection that names nothing; ProgramFailed; ExperimentError for
    resources that are protected, or that would have to go with a target.
    """
    snapshot, choice = parts.begin(request.stack, is_preview=True), Choice(request.selection)
    with ThreadPoolExecutor(WORKERS) as pool:
        session = _a_session(
            snapshot, parts, pool=pool, events=Silent(), selection=request.selection
        )
        evaluation = evaluation_of(request, is_preview=True)
        with evaluated(program, evaluation, session, clock=parts.clock):
            session.finish_calls()
            raise_what_failed(session)
            now = _as_declared(snapshot, session)
            tied = _tied(now, snapshot)
            spared = choice.spared(tied)
            going = _without(spared, tied)
            call_for_planned_deletes(session.hooks, _without(spared, now).records)
    raise_refusals(session.run, session.hooks.troubles())
    choice.raise_unmet(snapshot, {record.urn for record in now.records})
    changes = decide_destroy(going)
    choice.raise_unchosen(changes)
    raise_protected(changes, now)
    is_limited = request.selection.is_limited
    lost = () if is_limited else lost_creates(snapshot.intents, parts.remote)
    return Plan(
        stack=request.stack,
        base_serial=snapshot.serial,
        changes=(*(_with_same(change, session) for change in changes), *planned(lost)),
        program=program.path,
        program_digest=program.digest,
        parameters=session.run.parameters(),
        old_parameters=snapshot.parameters,
        touches=bool(snapshot.intents) and not is_limited,
        seed_key=snapshot.seed_key,
        selection=request.selection,
        left_out=left_out_of(tied, spared),
    )


def destroy_declared(program: Program, request: Request, plan: Plan, *, parts: Parts) -> RunOutcome:
    """Evaluate, then delete everything, dependents first, while the program's interpreter lives.

    Errors: ProgramFailed, ExperimentError, PlanBroken, StackLocked, StoreUnusable.
    """
    began_s = parts.clock.monotonic_s()
    snapshot = parts.begin(plan.stack, is_preview=False)
    with writing_to(snapshot, plan, kind=UpdateKind.DESTROY, parts=parts) as hands:
        session = _a_session(
            snapshot, parts, pool=hands.pool, events=parts.events, selection=plan.selection
        )
        session.hooks = hands.applier.hooks
        evaluation = evaluation_of(request, is_preview=False)
        with evaluated(program, evaluation, session, clock=parts.clock):
            session.finish_calls()
            raise_what_failed(session)
            failed = (*failed_in(session.run), *session.hooks.troubles())
            outcome = RunOutcome(plan.stack, UpdateKind.DESTROY, failed=failed)
            if not session.run.unfinished():
                now = _as_declared(snapshot, session)
                tied = _tied(now, snapshot)
                changes = decide_destroy(_without(session.run.choice.spared(tied), tied))
                raise_protected(changes, now)
                _raise_stronger(changes, plan)
                names = names_in(session.run, session.gathered)
                hands.journal.write(entries_between(snapshot.records, now.records, names=names))
                outcome = take_away(tied, plan, hands=hands, parts=parts)
        outcome = replace(outcome, duration_s=parts.clock.monotonic_s() - began_s)
        hands.ending.note(outcome)
    return outcome


def _a_session(
    snapshot: Snapshot, parts: Parts, *, pool: Executor, events: Events, selection: Selection
) -> DestroyingSession:
    return DestroyingSession(
        Run(snapshot, reruns={}, choice=Choice(selection)),
        providers=parts.providers,
        remote=parts.remote,
        events=events,
        pool=pool,
    )


def _as_declared(snapshot: Snapshot, session: DestroyingSession) -> Snapshot:
    """Only what is there can go: a component that is declared for the first time is left out."""
    there = {
        urn: record
        for urn, record in session.gathered.items()
        if session.run.record(urn) is not None
    }
    after = records_after(snapshot, there, names=names_in(session.run, session.gathered))
    return replace(snapshot, records=tuple(after))


def _without(spared: frozenset[Urn], snapshot: Snapshot) -> Snapshot:
    records = tuple(record for record in snapshot.records if record.urn not in spared)
    return replace(snapshot, records=records)


def _tied(now: Snapshot, before: Snapshot) -> Snapshot:
    """Return it with what its objects stood on when they were made: that orders their end too."""
    old = {key_of(record): record.dependencies for record in before.records}
    records = tuple(
        replace(record, dependencies=distinct((*record.dependencies, *old.get(key_of(record), ()))))
        for record in now.records
    )
    return replace(now, records=records)


def _with_same(change: Change, session: DestroyingSession) -> Change:
    """What is declared is first brought up to date in the state."""
    gathered = session.gathered.get(change.urn)
    if gathered is None or gathered.creation != change.creation:  # or an old object of it
        return change
    conclusion = session.run.conclusion(change.urn)
    action = conclusion.change.action if conclusion is not None else Action.SAME
    first = Step(_BEFORE.get(action, Op.SAME), change.urn, change.creation)
    return replace(change, steps=(first, *change.steps))


def _raise_stronger(changes: tuple[Change, ...], plan: Plan) -> None:
    """Errors: PlanBroken for what would be deleted, though the plan says that it is kept."""
    kept = {change.urn for change in plan.changes if change.action is not Action.DELETE}
    broken = [one.urn for one in changes if one.action is Action.DELETE and one.urn in kept]
    if broken:
        raise PlanBroken(
            "the program has changed: " + ", ".join(sorted(broken)) + " would be deleted now",
            hint="run the command again to see the new plan",
        )
