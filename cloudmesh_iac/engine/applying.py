"""Evaluate a program and carry out what was approved, while it runs."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial

from cloudmesh_iac.core.events import ChangeFailed, ChangeStarted
from cloudmesh_iac.core.jobs import Done, Failure, SiteName, Ticket
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Plan, Reason
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Unknown
from cloudmesh_iac.engine.applier import Applier
from cloudmesh_iac.engine.around import call_before
from cloudmesh_iac.engine.asks import Read, Refusal
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.crew import Crew
from cloudmesh_iac.engine.endings import Endings
from cloudmesh_iac.engine.failures import bad_conclusion
from cloudmesh_iac.engine.goals import Settled, Task, goal_of, unchanged
from cloudmesh_iac.engine.importing import found_record
from cloudmesh_iac.engine.open_waits import OpenWaits, Wait
from cloudmesh_iac.engine.outdated import has_moved
from cloudmesh_iac.engine.ports.program import RunningProgram
from cloudmesh_iac.engine.ports.providers import Providers, Remote, Role
from cloudmesh_iac.engine.ports.surroundings import Clock, Events
from cloudmesh_iac.engine.promise import Promise, kept_by
from cloudmesh_iac.engine.room import make_room
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.session import Session, unmade
from cloudmesh_iac.engine.settling import Settling
from cloudmesh_iac.engine.standing import Standing
from cloudmesh_iac.engine.starting import NO_ROOM, Gathered, Starts, expected_starts


class ApplyingSession(Session):
    def __init__(
        self,
        run: Run,
        *,
        plan: Plan,
        applier: Applier,
        providers: Providers,
        remote: Remote,
        events: Events,
        pool: Executor,
        clock: Clock,
    ) -> None:
        super().__init__(
            run,
            hooks=applier.hooks,
            providers=providers,
            remote=remote,
            events=events,
            pool=pool,
        )
        self.promise = Promise(plan)
        self.stays = kept_by(plan)
        self._applier = applier
        self._clock = clock
        self._starts = Starts(expected_starts(plan))
        self._crew = Crew(pool, on_end=self.settle, on_crash=self.break_off)
        self._waits = OpenWaits(
            remote=remote,
            clock=clock,
            events=events,
            on_end=self.began,
            collect=self._collect_in_pool,
            on_crash=self.break_off,
        )
        self._ends = Endings(run, hooks=applier.hooks, events=events)
        self._settling = Settling(run, applier=applier, providers=providers, events=events)
        self._program: RunningProgram | None = None
        self._is_stopping = False
        self.appeared: list[Urn] = []

    # --- for whoever watches over the run -----------------------------------------------------

    @property
    def can_answer_inline(self) -> bool:
        """Writing a record may take as long as a disk needs: never on the program's reader."""
        return False

    def attach(self, program: RunningProgram) -> None:
        self._program = program
        self.settle()

    def standing(self) -> Standing:
        is_idle = self._crew.is_idle()
        if self.is_finished and is_idle:
            return Standing.FINISHED
        if (self._is_stopping or self.promise.breaches or self.crash) and is_idle:
            return Standing.BROKEN
        quiet = self._program is not None and self._program.is_quiet()
        is_over = is_idle and quiet and self._starts.is_empty()
        if is_over and not self._waits.is_empty() and not self._waits.has_attended():
            return Standing.ONLY_WAITS
        return Standing.WORKING

    def stop_starting(self) -> None:
        """Let what runs come to its end; start nothing more."""
        self._is_stopping = True
        self.signal.set()

    def break_off(self, error: BaseException) -> None:
        """Start nothing more, and end with this error when what runs has ended."""
        self.crash = self.crash or error
        self.signal.set()

    def let_go(self) -> None:
        """Stop asking; what was started goes on without us."""
        self._waits.let_go()

    def waits(self) -> Mapping[Ticket, Wait]:
        """Return what was started and has not ended."""
        return self._waits.all()

    def call_later(self, call: "partial[None]") -> None:
        self._crew.take(call)

    def decide(self, registration: Registration, role: Role) -> Change | Refusal | Failure:
        decide = partial(super().decide, registration, role)
        if self._is_stopping:
            return decide()
        return self._settling.decide(registration, role, decide)

    def outdated(self) -> list[Record]:
        """Return the objects that were replaced, in this run or by one whose end nobody saw."""
        return [*self._ends.replaced, *self._settling.outdated]

    # --- what a decision leads to -------------------------------------------------------------

    def conclude(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        record = self.run.record(change.urn)
        if change.action is Action.UNDECIDED:
            self.skip(registration, change, answer)
        elif isinstance(registration.read_id, Unknown):
            self._leave_unread(registration, change, answer)
        elif change.action is Action.SAME and record is not None:
            self._keep(registration, change, answer)
        elif self._has_appeared(registration, change):
            self._postpone(change)
            answer.set_result(unmade(registration))
        elif self._may(change):
            self._carry_out(registration, change, answer)
        else:
            answer.set_result(unmade(registration))

    def _keep(self, registration: Registration, change: Change, answer: Future[Registered]) -> None:
        record = self.run.record(change.urn)
        assert record is not None
        self._rename(change.urn)
        if has_moved(registration, record, change.inputs) and not self._is_stopping:
            record = replace(goal_of(registration, change, record), creation=record.creation)
            self._applier.save(record)
        conclusion = Conclusion(change, End.DONE)
        self.run.conclude(bad_conclusion(conclusion, record) if record.failed else conclusion)
        answer.set_result(unchanged(record, registration, change))

    def _rename(self, urn: Urn) -> None:
        record, old_name = self.run.record(urn), self.run.old_name(urn)
        if record is not None and old_name is not None and not self._is_stopping:
            self._applier.rename(record, old_name)

    def _has_appeared(self, registration: Registration, change: Change) -> bool:
        """Say whether this is new, behind a value that was not known when the plan was made."""
        if change.action is not Action.CREATE or change.is_resumed or not change.custom:
            return False
        is_hidden = registration.from_apply or self.run.stands_on_postponed(registration)
        return is_hidden and not self.promise.names(change.urn)

    def _postpone(self, change: Change) -> None:
        """Leave it for a plan that shows it; what needs it waits for that plan too."""
        self.appeared.append(change.urn)
        self.run.conclude(Conclusion(change, End.POSTPONED))

    def _leave_unread(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        """Its id is that of something that was not made."""
        undone = self.run.unfinished()
        if undone:
            reasons = (Reason(Cause.FAILED, urn=undone[0]),)
            self.skip(
                registration, replace(change, action=Action.UNDECIDED, reasons=reasons), answer
            )
        else:
            self.run.conclude(Conclusion(change, End.POSTPONED))
            answer.set_result(unmade(registration))

    def _may(self, change: Change) -> bool:
        """Hold a change to the plan; nothing is begun after something went beyond it."""
        if self._is_stopping or self.promise.breaches or self.crash is not None:
            return False
        record = self.run.record(change.urn)
        reason = self.promise.hold(change, record.inputs if record is not None else None)
        if reason is not None:
            self._events.tell(ChangeFailed(change.urn, change.action, reason))
            self.signal.set()
        return reason is None

    def _carry_out(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        record, former = self.run.record(change.urn), self.run.former(change.urn)
        goal = self._noted(change, goal_of(registration, change, record))
        task = Task(change, goal, record, registration.options.additional_secret_outputs, former)
        if not change.custom:
            self._rename(change.urn)
            goal = goal if record is None else replace(goal, creation=record.creation)
            failure = call_before(self.hooks, change.action, goal, old=record)
            self._ends.settle(task, answer, failure or self._applier.save(goal))
            return
        found = self.run.found.get(change.urn)
        if found is not None:
            self._ends.settle(task, answer, self._take_over(registration, task, found))
            return
        self._events.tell(ChangeStarted(change.urn, change.action))
        if change.deletes_first and record is not None:
            old = former or record
            room = make_room(change, old, run=self.run, applier=self._applier)
            if isinstance(room, Failure):
                self._ends.settle(task, answer, room)
                return
            task = replace(task, record=room, former=room if former is not None else None)
        settle = partial(self._ends.settle, task, answer)
        failure = call_before(self.hooks, change.action, goal, old=task.record)
        if failure is not None:
            settle(failure)
        elif change.action is Action.UPDATE:
            settle(self._applier.update(task))
        elif change.starts:
            self._start(self._starts.add(SiteName(change.site), Gathered(task, settle)))
        elif change.waits:
            self._await(task, answer)
        else:
            settle(self._applier.create(task))

    def _noted(self, change: Change, goal: Record) -> Record:
        """Note of what is made again when: what an earlier run has begun may come late."""
        makes = change.custom and change.action in {Action.CREATE, Action.REPLACE}
        if not makes or change.waits or self.run.lost_create(change.urn) is None:
            return goal
        return replace(goal, made_again=self._clock.now())

    def _take_over(self, registration: Registration, task: Task, found: Read) -> Settled | Failure:
        """What was there already is only read, or ours from now on."""
        if not task.change.is_import:
            return self._applier.keep(task, found)
        self._events.tell(ChangeStarted(task.change.urn, task.change.action))
        record = found_record(registration, found, creation=task.change.creation)
        return self._applier.adopt(task, record)

    # --- starts -------------------------------------------------------------------------------

    def _start(self, group: Sequence[Gathered]) -> None:
        if not group:
            return
        answers = self._applier.start([gathered.task for gathered in group])
        kept = []
        for gathered, answer in zip(group, answers, strict=True):
            if isinstance(answer, Failure) and answer.is_later:
                kept.append(gathered)
            else:
                gathered.settle(answer)
        self._starts.keep(SiteName(group[0].task.change.site), kept)

    def _give_up_kept(self) -> None:
        """Nothing of ours is left that could end and make room."""
        for gathered in self._starts.give_up():
            gathered.settle(NO_ROOM)

    def settle(self) -> None:
        """When nothing moves by itself any more, start what has gathered, or tell the watcher."""
        is_idle = self._crew.is_idle()
        quiet = self._program is not None and self._program.is_quiet()
        if is_idle and quiet and not self._is_stopping:
            for group in self._starts.take():
                self._crew.take(partial(self._start, group))
            if self._crew.is_idle() and self._waits.is_empty() and self._starts.has_kept():
                self._crew.take(self._give_up_kept)
        self.signal.set()

    # --- waits --------------------------------------------------------------------------------

    def _await(self, task: Task, answer: Future[Registered]) -> None:
        ticket = self._applier.await_(task)
        if isinstance(ticket, Failure):
            self._ends.settle(task, answer, ticket)
            return
        self.run.conclude(Conclusion(task.change, End.WAITING))
        may_be_over = task.change.is_resumed or self._ends.has_found(task.goal.dependencies)
        self._waits.add(ticket, Wait(task, answer), at_once=may_be_over)

    def _collect_in_pool(self, wait: Wait, ticket: Ticket, done: Done) -> None:
        self._crew.go_on(partial(self._collect, wait, ticket, done))

    def _collect(self, wait: Wait, ticket: Ticket, done: Done) -> None:
        carried = self._applier.collect(wait.task, ticket, done=done)
        self._waits.close(ticket)
        self._starts.made_room(ticket.site)
        self._ends.settle(wait.task, wait.answer, carried)

    # --- who is busy --------------------------------------------------------------------------

    def began(self) -> None:
        self._crew.began()

    def ended(self) -> None:
        self._crew.ended()
