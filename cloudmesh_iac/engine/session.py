"""Take what a program declares and bring each resource to a decision.

The rules stand in the planner; `deciding` puts its questions to the provider, here the program is
answered. `planning` and `applying` say what a decision leads to.
"""

import threading
from abc import ABC, abstractmethod
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial

from cloudmesh_iac.core.events import ChangeFailed, ChangeSkipped
from cloudmesh_iac.core.hooks import NO_HOOKS
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.around import after_component
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Refusal
from cloudmesh_iac.engine.cascade import find_cascade
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.components import Components
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.deciding import Deciding
from cloudmesh_iac.engine.failures import bad_conclusion
from cloudmesh_iac.engine.hooking import ErrorHook, ResourceHook
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.invoking import Functions, Settled
from cloudmesh_iac.engine.leaving_out import answer_left_out, is_left_out
from cloudmesh_iac.engine.needs import depends_on
from cloudmesh_iac.engine.ports.program import Existence
from cloudmesh_iac.engine.ports.providers import Providers, Remote, Role
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.questions import Questions
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.serving import Serving, call_served, package_for
from cloudmesh_iac.errors import CmxError


class Session(ABC):
    """One evaluation of a program; satisfies `Registrar`."""

    def __init__(
        self,
        run: Run,
        *,
        providers: Providers,
        remote: Remote,
        events: Events,
        pool: Executor,
        hooks: HookBook | None = None,
    ) -> None:
        self.run = run
        self.hooks = hooks or HookBook(is_preview=True, events=events)
        self._settled = Settled()
        self._deciding = Deciding(providers, run.found, run.recogniser)
        self._serving = Serving(
            providers, run.snapshot.stack, self.register, provider_of=run.provider_of
        )
        self._components = Components(
            providers,
            self._serving,
            busy=self,
            provider_of=run.provider_of,
            hold=self._hold,
            fail=self.fail,
        )
        self._questions = Questions(
            run.snapshot.stack, self._serving, ask=self._deciding.ask, busy=self, pool=pool
        )
        self._functions = Functions(providers, self._serving, self._settled, busy=self, pool=pool)
        self.signal = threading.Event()
        self.error: CmxError | None = None
        self.crash: BaseException | None = None
        self.is_finished = False
        self.stays: frozenset[Urn] = frozenset()  # what must not go before it is declared
        self._providers = providers
        self._remote = remote
        self._events = events
        self._pool = pool
        self._calls: list[Future[None]] = []

    # --- what the program asks ----------------------------------------------------------------

    def register(self, registration: Registration) -> Future[Registered]:
        answer: Future[Registered] = Future()
        placed = self._serving.placed(registration)
        package = package_for(placed)
        if package is None:
            self._declare_or_construct(placed, answer)
        else:
            call_served(self._serving, package, partial(self._declare_served, placed, answer))
        return answer

    def _declare_served(
        self, registration: Registration, answer: Future[Registered], reference: str | Failure
    ) -> None:
        if isinstance(reference, Failure):
            self.fail(registration, reference, answer)
        else:
            self._declare_or_construct(replace(registration, provider=reference), answer)

    def _declare_or_construct(self, registration: Registration, answer: Future[Registered]) -> None:
        """A component of a plugin is declared by that, with its parts."""
        if registration.remote:
            self._components.construct(registration, answer)
        else:
            self._declare(registration, answer)

    def _declare(self, registration: Registration, answer: Future[Registered]) -> None:
        declared = self.run.declare(registration)
        if declared is None:
            answer.set_result(unmade(registration))
            return
        self._settled.note(declared, answer)
        if declared.custom or declared.options.hooks != NO_HOOKS or not self.can_answer_inline:
            self.began()
            work = self._pool.submit(self._work, declared, answer)
            work.add_done_callback(partial(self._worked, declared, answer))
        else:
            self.began()
            self._work(declared, answer)
            self.ended()

    def _hold(self) -> None:
        """Ask the hooks, which a session may get later, whether something may be begun."""
        self.hooks.hold()

    @property
    def can_answer_inline(self) -> bool:
        """Components need no provider: in a preview they are answered at once, if without hooks."""
        return True

    def exists(self, sought: Sought) -> Future[Existence]:
        return self._questions.exists(sought)

    def set_outputs(self, urn: Urn, outputs: Properties) -> None:
        """The hooks after a component come when its outputs do; they may take their time."""
        self.run.set_outputs(urn, outputs)
        call = after_component(self.run, self.hooks, urn=urn, outputs=outputs)
        if call is not None:
            self.call_later(call)

    def call_later(self, call: "partial[None]") -> None:
        """Let a worker call a hook; the reader of the program goes on meanwhile."""
        self._calls.append(self._pool.submit(call))

    def finish_calls(self) -> None:
        """Wait for the hooks that are being called; the program must be alive still.

        Errors: whatever a call was stopped by, a lost lock say.
        """
        for call in self._calls:
            call.result()

    def invoke(self, ask: InvokeAsk) -> Future[Invoked | Refusal | Failure]:
        return self._functions.invoke(replace(ask, is_preview=self.hooks.is_preview))

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        return self._components.call(ask)

    def add_hook(self, hook: ResourceHook | ErrorHook) -> None:
        self.hooks.add(hook)

    def grew_quiet(self) -> None:
        self.settle()

    def finish(self, error: CmxError | None) -> None:
        self.error = error
        self.is_finished = True
        self.signal.set()

    # --- how a decision is reached ------------------------------------------------------------

    def _work(self, registration: Registration, answer: Future[Registered]) -> None:
        role = self._remote.role(registration.type) if registration.custom else Role.PLAIN
        self.run.wait_for_room(registration.urn)
        decision = self.decide(registration, role)
        if isinstance(decision, Change):
            decision = self._with_site(decision)
            if decision.deletes_first and not self.run.has_made_way(registration.urn):
                decision = self._with_dependents(decision)
        if isinstance(decision, Change):
            try:
                if is_left_out(decision):
                    self.leave_out(registration, decision, answer)
                else:
                    self.conclude(registration, decision, answer)
            finally:
                if decision.dependents:
                    self.run.condemned.settle(registration.urn)
        else:
            self.fail(registration, decision, answer)

    def decide(self, registration: Registration, role: Role) -> Change | Refusal | Failure:
        """Put the planner's questions to the provider until there is a decision."""
        return self._deciding.decided(registration, self.run.situation(registration, role))

    def _with_site(self, change: Change) -> Change:
        if not change.custom or self._remote.role(change.type) is Role.PLAIN:
            return change
        return replace(change, site=str(self._remote.site(change.inputs)))

    def _with_dependents(self, change: Change) -> Change | Refusal | Failure:
        """Claim what has to go before the old object does."""
        recorded = self.run.old_name(change.urn) or change.urn
        found = find_cascade(
            recorded,
            self.run.users(),
            diff=self._deciding.diff,
            is_free=self.run.condemned.is_free,
            stays=self.stays,
        )
        if isinstance(found, Refusal | Failure):
            return found
        keys = {one.record.urn: one.keys for one in found}
        urns = [*keys]
        claimed = self.run.condemned.claim(change.urn, urns, keys)
        return replace(change, dependents=tuple(urn for urn in urns if urn in claimed))

    def _worked(
        self, registration: Registration, answer: Future[Registered], work: Future[None]
    ) -> None:
        """Whatever a worker could not handle ends the run; the program is answered all the same.

        What was cancelled before its turn came, because somebody has stopped the run, is no crash.
        """
        crash = None if work.cancelled() else work.exception()
        if crash is not None or work.cancelled():
            if not answer.done():
                answer.set_result(unmade(registration))
            self.crashed(crash)
        self.ended()

    def fail(
        self, registration: Registration, why: Refusal | Failure, answer: Future[Registered]
    ) -> None:
        """Note that nothing can be done for this resource, and go on with the others."""
        message, hint = _words(why)
        change = Change(
            urn=registration.urn,
            type=registration.type,
            action=Action.UNDECIDED,
            custom=registration.custom,
            parent=registration.parent,
            source=registration.source,
            needs=depends_on(registration),
        )
        self.run.conclude(Conclusion(change, End.FAILED, message, hint))
        self._events.tell(ChangeFailed(registration.urn, Action.UNDECIDED, message, hint))
        answer.set_result(unmade(registration))

    def leave_out(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        """A person chose others: this one stays as it is, or is not made."""
        record = self.run.record(registration.urn)
        conclusion = Conclusion(change, End.LEFT_OUT if record is None else End.DONE)
        if record is not None and record.failed:
            conclusion = bad_conclusion(conclusion, record)
        self.run.conclude(conclusion)
        answer.set_result(answer_left_out(change, record))

    def skip(self, registration: Registration, change: Change, answer: Future[Registered]) -> None:
        because = change.reasons[0].urn
        assert because is not None
        self.run.conclude(Conclusion(change, End.SKIPPED))
        self._events.tell(ChangeSkipped(registration.urn, because))
        answer.set_result(unmade(registration))

    # --- what differs between planning and applying -------------------------------------------

    @abstractmethod
    def conclude(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        """Do what a decision leads to, and answer, now or later."""

    def crashed(self, error: BaseException | None) -> None:
        """A worker could not handle something: the run ends, and whoever started it is told."""
        self.crash = self.crash or error
        self.signal.set()

    def began(self) -> None:
        """A worker is about to be busy with a registration."""
        return

    def ended(self) -> None:
        """A worker is free again."""
        return

    def settle(self) -> None:
        """Nothing may move any more by itself: see what is left."""
        return


def unmade(registration: Registration) -> Registered:
    """Return the answer for something that is not there: nothing of it is known."""
    return Registered(registration.urn, "", registration.inputs, failed=True)


def _words(why: Refusal | Failure) -> tuple[str, str]:
    return why.message, why.hint if isinstance(why, Failure) else ""
