"""The embedded engine: preview and up of one stack, in this process."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.journal import Entry, OutputsSet, UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties, distinct, has_unknown, is_identical
from cloudmesh_iac.engine.applying import ApplyingSession
from cloudmesh_iac.engine.failures import failed_in
from cloudmesh_iac.engine.finishing import finish
from cloudmesh_iac.engine.outcome import (
    behind,
    carried_in,
    remarks_in,
    skipped_in,
    waiting_in,
)
from cloudmesh_iac.engine.planning import PlanningSession
from cloudmesh_iac.engine.ports import Evaluation, Program, RunningProgram
from cloudmesh_iac.engine.removing import Removal
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.session import Session
from cloudmesh_iac.engine.unasked import raise_unasked
from cloudmesh_iac.engine.watching import drain, watch
from cloudmesh_iac.engine.writing import WORKERS, Hands, Parts, writing_to
from cloudmesh_iac.errors import ExperimentError, PlanBroken, SiteRefused

_LONG_S = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for.

    `options` are parameters as text; `reruns` are extra inputs of resources that must be made
    anew; `patience_s` says how long to stay when only waits are left, None for ever.
    """

    stack: StackId
    options: Mapping[str, str] = field(default_factory=dict)
    reruns: Mapping[Urn, Properties] = field(default_factory=dict)
    patience_s: float | None = None
    kind: UpdateKind = UpdateKind.UP


class _Silent:
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
        snapshot = self._parts.store.snapshot(request.stack)
        with ThreadPoolExecutor(WORKERS) as pool:
            session = PlanningSession(
                Run(snapshot, reruns=request.reruns),
                providers=self._parts.providers,
                remote=self._parts.remote,
                events=_Silent(),
                pool=pool,
            )
            running = program.start(_evaluation(request, is_preview=True), session)
            try:
                while not session.is_finished and session.crash is None:
                    self._parts.clock.wait(session.signal, _LONG_S)
                    session.signal.clear()
            finally:
                running.stop()
        _raise_errors(session)
        plan = session.plan(program=program.path, program_digest=program.digest)
        _raise_refusals(session.run)
        raise_unasked(request.options, program.asked(), request.stack.project)
        return plan

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
        snapshot = _as_planned(parts.store.snapshot(request.stack), plan)
        with writing_to(snapshot, plan, kind=request.kind, parts=parts) as hands:
            hands.writing.settle_parameters(plan.parameters)
            session = self._session(snapshot, request, plan=plan, hands=hands)
            running = program.start(_evaluation(request, is_preview=False), session)
            try:
                session.attach(running)
                outcome = self._carry_out(session, running, request=request, plan=plan, hands=hands)
            finally:
                session.let_go()
                running.stop()
            hands.ending.note(outcome)
        return _timed(outcome, parts.clock.monotonic_s() - began_s)

    def _session(
        self, snapshot: Snapshot, request: Request, *, plan: Plan, hands: Hands
    ) -> ApplyingSession:
        return ApplyingSession(
            Run(snapshot, reruns=request.reruns),
            plan=plan,
            applier=hands.applier,
            providers=self._parts.providers,
            remote=self._parts.remote,
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
        running.stop()
        if session.crash is not None:
            raise session.crash
        removal = Removal()
        if not is_interrupted and not session.breaches:
            _raise_errors(session)
            session.run.raise_clashes()
            removal = finish(session, plan, hands=hands, parts=self._parts)
            hands.journal.write(_new_outputs(session.run))
        run = session.run
        outcome = RunOutcome(
            stack=request.stack,
            kind=request.kind,
            carried=(*carried_in(run), *_dropped_in(run, removal)),
            failed=(*failed_in(run), *removal.failed),
            skipped=(*skipped_in(run), *removal.skipped),
            waiting=waiting_in(waits),
            behind=behind(plan, run) if waits else (),
            removed=tuple(one.urn for one in _dropped_in(run, removal)),
            is_interrupted=is_interrupted,
            remarks=remarks_in(run),
            appeared=tuple(sorted(session.appeared)),
        )
        _raise_breaches(session, outcome)
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
    declared = run.declared()
    return [Carried(urn, Action.DELETE) for urn in removal.removed if urn not in declared]


def _evaluation(request: Request, *, is_preview: bool) -> Evaluation:
    return Evaluation(request.stack, is_preview=is_preview, options=request.options)


def _as_planned(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """A stack that nobody has written yet gets the key that its first plan was made with."""
    return snapshot if snapshot.serial else replace(snapshot, seed_key=plan.seed_key)


def _timed(outcome: RunOutcome, duration_s: float) -> RunOutcome:
    return replace(outcome, duration_s=duration_s)


def _new_outputs(run: Run) -> Sequence[Entry]:
    """Return the outputs of components that are new; what stayed unknown is left out."""
    entries: list[Entry] = []
    for urn, outputs in run.outputs().items():
        known = {key: value for key, value in outputs.items() if not has_unknown(value)}
        record = run.record(urn)
        if record is None or not is_identical(record.outputs, known):
            entries.append(OutputsSet(urn, known))
    return entries


def _raise_errors(session: Session) -> None:
    if session.crash is not None:
        raise session.crash
    if session.error is not None:
        raise session.error


def _raise_refusals(run: Run) -> None:
    """Errors: ExperimentError with every resource that cannot be, one line each."""
    lines, hints = [], []
    for failed in failed_in(run):
        if failed.state is not None:
            continue
        hints.append(failed.hint)
        registration = run.declared()[failed.urn]
        place = f" ({registration.source})" if registration.source else ""
        lines.append(f"{registration.name}{place}: {failed.message}")
    if lines:
        hint = "\n".join(distinct(filter(None, hints)))
        raise ExperimentError("\n".join(lines), hint=hint or None)


def _raise_breaches(session: ApplyingSession, outcome: RunOutcome) -> None:
    """Errors: PlanBroken that lists what was not as planned, and what had been done by then."""
    if not session.breaches:
        return
    lines = [f"{urn}: {reason}" for urn, reason in sorted(session.breaches.items())]
    done = [one.urn for one in outcome.carried if one.action.is_change]
    lines.append(f"done before that: {', '.join(done) if done else 'nothing'}")
    raise PlanBroken(
        "stopped, because the program wants something that was not approved:\n" + "\n".join(lines),
        hint="run the command again to see the new plan",
    )
