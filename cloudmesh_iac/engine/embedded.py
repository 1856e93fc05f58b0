"""The embedded engine: preview and up of one stack, in this process."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, FailedChange, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.core.selection import EVERYTHING, Selection
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.applying import ApplyingSession
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.evaluating import evaluated
from cloudmesh_iac.engine.failures import failed_in, raise_refusals
from cloudmesh_iac.engine.finishing import finish
from cloudmesh_iac.engine.idling import run_idle
from cloudmesh_iac.engine.looking import as_seen, entries_of, failures_in
from cloudmesh_iac.engine.outcome import (
    behind,
    carried_in,
    remarks_in,
    skipped_in,
    waiting_in,
)
from cloudmesh_iac.engine.outputs import new_outputs, outputs_of_components
from cloudmesh_iac.engine.planning import PlanningSession
from cloudmesh_iac.engine.ports.program import Evaluation, Program, RunningProgram
from cloudmesh_iac.engine.ports.providers import ReadiesItself
from cloudmesh_iac.engine.recognising import recogniser_of
from cloudmesh_iac.engine.refreshing import (
    drift_in,
    look_and_write,
    look_only,
    told_as_gone,
    unseen_in,
)
from cloudmesh_iac.engine.removing import Removal
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.session import Session
from cloudmesh_iac.engine.twins import is_due, made_again
from cloudmesh_iac.engine.unasked import raise_unasked
from cloudmesh_iac.engine.watching import drain, watch
from cloudmesh_iac.engine.writing import WORKERS, Hands, Parts, writing_to
from cloudmesh_iac.errors import SiteRefused


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for.

    `options` are parameters as text; `reruns` are extra inputs of resources that must be made
    anew; `patience_s` says how long to stay when only waits are left, None for ever. With `refresh`
    it begins with a fresh look at everything that is recorded. `selection` is what takes part; a
    run keeps to that of its plan. `seed_key` is that of a stack that is not there yet.
    """

    stack: StackId
    options: Mapping[str, str] = field(default_factory=dict)
    reruns: Mapping[Urn, Properties] = field(default_factory=dict)
    patience_s: float | None = None
    kind: UpdateKind = UpdateKind.UP
    refresh: bool = False
    selection: Selection = EVERYTHING
    seed_key: str = ""


class Silent:
    def tell(self, event: object) -> None:
        """A preview tells nothing: its plan says it all."""


class EmbeddedEngine:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    # --- preview ------------------------------------------------------------------------------

    def preview(self, program: Program, request: Request) -> Plan:
        """Evaluate the program and return the plan. Writes nothing and takes no lock.

        Errors: ProgramFailed; ExperimentError with everything that a provider refused at once;
        UsageProblem for options that the program did not ask for.
        """
        recorded = self._parts.begin(request.stack, is_preview=True)
        if request.seed_key and not recorded.serial:
            recorded = replace(recorded, seed_key=request.seed_key)
        if isinstance(self._parts.providers, ReadiesItself):
            self._parts.providers.expect({record.type for record in recorded.records})
        choice = Choice(request.selection)
        if request.refresh and recorded.records:
            choice.raise_unmet(recorded)
        seen = look_only(recorded, self._parts, choice) if request.refresh else ()
        snapshot = as_seen(recorded, seen)
        with ThreadPoolExecutor(WORKERS) as pool, dropping_the_queue_of(pool):
            session = PlanningSession(
                Run(
                    snapshot,
                    reruns=request.reruns,
                    choice=choice,
                    naming=self._parts.naming(),
                    recogniser=recogniser_of(self._parts.store, request.stack),
                ),
                providers=self._parts.providers,
                remote=self._parts.remote,
                events=Silent(),
                pool=pool,
            )
            evaluation = evaluation_of(request, is_preview=True)
            with evaluated(program, evaluation, session, clock=self._parts.clock):
                session.finish_hooks()
        if session.error is not None:
            raise_refusals(session.run)  # a program that gets no value may fail for want of it
        _raise_errors(session)
        plan = session.plan(program=program.path, program_digest=program.digest)
        raise_refusals(session.run, session.hooks.troubles())
        raise_unasked(request.options, program.asked(), request.stack.project)
        drift = drift_in(seen)
        return replace(
            plan,
            changes=told_as_gone(plan.changes, drift),
            drift=drift,
            unseen=unseen_in(seen),
            touches=plan.touches or bool(entries_of(recorded, seen)) or self._has_due(recorded),
        )

    def _has_due(self, snapshot: Snapshot) -> bool:
        """Say whether it is time to look again for what may have been made twice."""
        now = self._parts.clock.now()
        return any(is_due(record, now) for record in made_again(snapshot))

    def problems(self, plan: Plan) -> Sequence[Failure]:
        """Return why sites where a plan starts something cannot be used now, one for each."""
        sites = sorted({SiteName(change.site) for change in plan.changes if change.starts})
        found = (self._parts.remote.problem(site) for site in sites)
        return tuple(problem for problem in found if problem is not None)

    # --- up -----------------------------------------------------------------------------------

    def up(self, program: Program, request: Request, plan: Plan) -> RunOutcome:
        """Carry out a plan, held to it line by line.

        Errors: SiteRefused, PlanBroken, StackLocked, StoreUnusable before anything happened, or
        after what was running has ended; ProgramFailed. Failed changes are no errors: the outcome
        names them.
        """
        for problem in self.problems(plan):
            raise SiteRefused(problem.message, hint=problem.hint)
        parts = self._parts
        began_s = parts.clock.monotonic_s()
        snapshot = _as_planned(parts.begin(request.stack, is_preview=False), plan)
        with writing_to(snapshot, plan, kind=request.kind, parts=parts) as hands:
            hands.writing.settle_parameters(plan.parameters)
            if request.refresh:
                choice = Choice(plan.selection)
                seen = look_and_write(snapshot, hands=hands, parts=parts, choice=choice)
                snapshot = as_seen(snapshot, seen)
                if failed := failures_in(seen):
                    return self._not_begun(request, hands, failed)
            idle = run_idle(plan, snapshot, hands, parts=parts, patience_s=request.patience_s)
            if idle is not None:
                return _timed(idle, parts.clock.monotonic_s() - began_s)
            session = self._session(snapshot, request, plan=plan, hands=hands)
            hands.ears.on_lost = session.break_off
            running = program.start(evaluation_of(request, is_preview=False), session)
            try:
                session.attach(running)
                outcome = self._carry_out(session, running, request=request, plan=plan, hands=hands)
            except BaseException:
                hands.ending.broke_off(carried_in(session.run))
                raise
            finally:
                session.let_go()
                running.stop()
            hands.ending.note(outcome)
        return _timed(outcome, parts.clock.monotonic_s() - began_s)

    def _not_begun(
        self, request: Request, hands: Hands, failed: tuple[FailedChange, ...]
    ) -> RunOutcome:
        """What cannot be looked at is no ground to plan on."""
        outcome = RunOutcome(stack=request.stack, kind=request.kind, failed=failed)
        hands.ending.note(outcome)
        return outcome

    def _session(
        self, snapshot: Snapshot, request: Request, *, plan: Plan, hands: Hands
    ) -> ApplyingSession:
        return ApplyingSession(
            Run(
                snapshot,
                reruns=request.reruns,
                choice=Choice(plan.selection),
                naming=self._parts.naming(),
                approved=plan,
            ),
            plan=plan,
            applier=hands.applier,
            providers=self._parts.providers,
            remote=hands.remote,
            events=self._parts.events,
            pool=hands.pool,
            clock=self._parts.clock,
        )

    def _carry_out(
        self,
        session: ApplyingSession,
        running: RunningProgram,
        *,
        request: Request,
        plan: Plan,
        hands: Hands,
    ) -> RunOutcome:
        is_interrupted = self._stay(session, request)
        session.let_go()
        drain(session, clock=self._parts.clock)
        waits = session.waits()
        if session.hooks.is_empty():  # else somebody may have to call its hooks yet
            running.stop()
        if session.crash is not None:
            raise session.crash
        removal = Removal()
        if not is_interrupted and not session.promise.breaches:
            if session.error is not None:
                hands.journal.write(outputs_of_components(session.run))
            _raise_errors(session)
            session.run.raise_clashes()
            removal = finish(session, plan, hands=hands, parts=self._parts)
            hands.journal.write(new_outputs(session.run))
        running.stop()
        run = session.run
        outcome = RunOutcome(
            stack=request.stack,
            kind=request.kind,
            carried=(*carried_in(run), *_dropped_in(run, removal)),
            failed=(*failed_in(run), *removal.failed, *session.hooks.troubles()),
            skipped=(*skipped_in(run), *removal.skipped),
            waiting=waiting_in(waits),
            behind=behind(plan, run) if waits else (),
            removed=tuple(one.urn for one in _dropped_in(run, removal)),
            is_interrupted=is_interrupted,
            remarks=remarks_in(run),
            appeared=tuple(sorted(session.appeared)),
        )
        session.promise.raise_broken([one.urn for one in outcome.carried if one.action.is_change])
        return outcome

    def _stay(self, session: ApplyingSession, request: Request) -> bool:
        """Watch until the run ends or only waits are left; say whether Ctrl-C ended it."""
        try:
            watch(session, clock=self._parts.clock, patience_s=request.patience_s)
        except KeyboardInterrupt:
            session.stop_starting()
            drain(session, clock=self._parts.clock)
            return True
        return False


def _dropped_in(run: Run, removal: Removal) -> Sequence[Carried]:
    """Return what the program does not declare any more; what was replaced counts as replaced."""
    declared = run.accounted()
    return [Carried(urn, Action.DELETE) for urn in removal.removed if urn not in declared]


@contextmanager
def dropping_the_queue_of(pool: Executor) -> Iterator[None]:
    """Wait only for what has begun when somebody stops a preview: nobody needs the rest."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def evaluation_of(request: Request, *, is_preview: bool) -> Evaluation:
    return Evaluation(request.stack, is_preview=is_preview, options=request.options)


def _as_planned(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """A stack that nobody has written yet gets the key that its first plan was made with."""
    return snapshot if snapshot.serial else replace(snapshot, seed_key=plan.seed_key)


def _timed(outcome: RunOutcome, duration_s: float) -> RunOutcome:
    return replace(outcome, duration_s=duration_s)


def _raise_errors(session: Session) -> None:
    if session.crash is not None:
        raise session.crash
    if session.error is not None:
        raise session.error
