"""Look at what is recorded while the program says what it declares: refresh with the program."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Entry, UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.embedded import Request, Silent, evaluation_of
from cloudmesh_iac.engine.evaluating import evaluated, raise_what_failed
from cloudmesh_iac.engine.failures import failed_in, raise_refusals
from cloudmesh_iac.engine.gathering import GatheringSession
from cloudmesh_iac.engine.leaving_out import is_left_out
from cloudmesh_iac.engine.looking import (
    Seen,
    as_seen,
    change_of,
    failures_in,
    look,
    look_at,
    raise_failures,
)
from cloudmesh_iac.engine.outputs import new_outputs
from cloudmesh_iac.engine.ports.program import Program
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.references import repaired
from cloudmesh_iac.engine.refreshing import carried_in, chosen_lost, unseen_in
from cloudmesh_iac.engine.rewriting import entries_between, names_in, records_after
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.taking_over import take_over
from cloudmesh_iac.engine.tree_order import in_tree_order
from cloudmesh_iac.engine.writing import WORKERS, Hands, Parts, writing_to


class RefreshingSession(GatheringSession):
    """Looks at each custom resource when it is declared."""

    takes_all = False
    knows_what_is_cut_off = True

    def known(self, record: Record) -> Record | Failure | None:
        """What has made room has no object to look at."""
        if record.pending_replacement:
            return record
        seen = look_at(record, self._providers)
        with self._lock:
            self.seen.append(seen)
        return seen.now

    def as_declared(self, registration: Registration, record: Record) -> Record:
        """What has made room keeps all that it was made with, until there is another object."""
        if record.pending_replacement:
            return replace(record, urn=registration.urn)
        return super().as_declared(registration, record)


@dataclass(frozen=True, slots=True)
class _Look:
    """A finished evaluation, and everything that was seen, also what is not declared."""

    session: RefreshingSession
    others: tuple[Seen, ...]

    @property
    def seen(self) -> tuple[Seen, ...]:
        return (*self.session.seen, *self.others)


def plan_refresh_declared(program: Program, request: Request, parts: Parts) -> Plan:
    """Return what has changed. What is declared and not recorded stays as it is: not made.

    Errors: UsageProblem for a selection that names nothing; ProgramFailed; ExperimentError naming
    every resource that could not be looked at.
    """
    snapshot = parts.begin(request.stack, is_preview=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = _look(snapshot, program, request, parts=parts, pool=pool)
    run = found.session.run
    raise_what_failed(found.session)
    raise_refusals(run, found.session.hooks.troubles())
    run.choice.raise_unmet(snapshot, found.session.gathered)
    raise_failures(found.others)
    entries = _entries(snapshot, found)
    drift = [change_of(one) for one in found.seen if one.has_changed]
    return Plan(
        stack=request.stack,
        base_serial=snapshot.serial,
        changes=in_tree_order([*drift, *_others(run)]),
        program=program.path,
        program_digest=program.digest,
        parameters=run.parameters(),
        old_parameters=snapshot.parameters,
        touches=bool(entries) or bool(chosen_lost(snapshot, run.choice, parts)),
        seed_key=snapshot.seed_key,
        unseen=unseen_in(found.seen),
        selection=request.selection,
    )


def refresh_declared(program: Program, request: Request, plan: Plan, *, parts: Parts) -> RunOutcome:
    """Evaluate and look again, and write down what is seen; also when the program fails half-way.

    Errors: ProgramFailed, PlanBroken, StackLocked, StoreUnusable.
    """
    began_s = parts.clock.monotonic_s()
    snapshot = parts.begin(plan.stack, is_preview=False)
    with writing_to(snapshot, plan, kind=UpdateKind.REFRESH, parts=parts) as hands:
        hands.writing.settle_parameters(plan.parameters)
        found = _look(snapshot, program, request, parts=parts, pool=hands.pool, hands=hands)
        hands.journal.write(_entries(snapshot, found))
        raise_what_failed(found.session)
        lost = chosen_lost(snapshot, found.session.run.choice, parts)
        taken = take_over(lost, plan.stack, hands=hands, parts=parts)
        failed = (
            *failed_in(found.session.run),
            *failures_in(found.others),
            *taken.failed,
            *found.session.hooks.troubles(),
        )
        outcome = RunOutcome(
            stack=plan.stack,
            kind=UpdateKind.REFRESH,
            carried=(*carried_in(found.seen), *taken.carried),
            failed=failed,
            duration_s=parts.clock.monotonic_s() - began_s,
        )
        hands.ending.note(outcome)
    return outcome


def _look(
    snapshot: Snapshot,
    program: Program,
    request: Request,
    *,
    parts: Parts,
    pool: Executor,
    hands: Hands | None = None,
) -> _Look:
    """Evaluate and look; without `hands` that is a preview, which needs no lock to ask plugins."""
    choice = Choice(request.selection)
    events: Events = Silent() if hands is None else parts.events
    session = RefreshingSession(
        Run(snapshot, reruns={}, choice=choice),
        providers=parts.providers,
        remote=parts.remote,
        events=events,
        pool=pool,
    )
    if hands is not None:
        session.hooks = hands.applier.hooks
    evaluation = evaluation_of(request, is_preview=hands is None)
    with evaluated(program, evaluation, session, clock=parts.clock):
        session.finish_calls()
        others: tuple[Seen, ...] = ()
        if session.error is None:
            declared = session.run.accounted()
            chosen = choice.looked_at(snapshot.records)
            undeclared = [record for record in chosen if record.urn not in declared]
            others = look(undeclared, providers=parts.providers, pool=pool)
    return _Look(session, others)


def _others(run: Run) -> Sequence[Change]:
    """Return the changes of components, and of what is only read."""
    changes = (conclusion.change for conclusion in run.conclusions().values())
    return [
        change
        for change in changes
        if change.action is not Action.UNDECIDED and not (change.custom and is_left_out(change))
    ]


def _entries(snapshot: Snapshot, found: _Look) -> Sequence[Entry]:
    """Return what has to be written; what is declared and gone is forgotten, as is all else."""
    session = found.session
    names = names_in(session.run, session.gathered)
    seen = as_seen(snapshot, found.others)
    gone = {one.record.urn for one in session.seen if one.now is None}
    left = [
        record
        for record in seen.records
        if record.doomed or names.get(record.urn, record.urn) not in gone
    ]
    after = records_after(replace(seen, records=tuple(left)), session.gathered, names=names)
    return (
        *entries_between(snapshot.records, repaired(after), names=names),
        *new_outputs(session.run, keeps_unknown=True),
    )
