"""Let plugins make the components that they serve, and call the methods of what is there.

A plugin registers the parts of a component as a program does, while it is asked for the whole.
Each question has a thread of its own: it ends when the parts are there, and they need the pool.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import is_provider_type
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Reference, bare
from cloudmesh_iac.engine.asks import Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.instances import Constructs, HasProviderResources
from cloudmesh_iac.engine.invoking import Busy
from cloudmesh_iac.engine.ports.providers import Providers
from cloudmesh_iac.engine.serving import Serving, call_served, package_asked

_SELF = "__self__"
_Answer = Future[Called | Refusal | Failure]
_Made = TypeVar("_Made")


class Components:
    """One for each evaluation. `fail` says that nothing can be done for a component.

    `hold` is called before a plugin is asked for it, and raises when nothing more may happen.
    """

    def __init__(
        self,
        providers: Providers,
        serving: Serving,
        *,
        busy: Busy,
        provider_of: Callable[[Urn], str],
        hold: Callable[[], None],
        fail: Callable[[Registration, Refusal | Failure, Future[Registered]], None],
    ) -> None:
        self._providers = providers
        self._serving = serving
        self._busy = busy
        self._provider_of = provider_of
        self._hold = hold
        self._fail = fail

    def construct(self, registration: Registration, answer: Future[Registered]) -> None:
        def made(work: Future[Constructed | Refusal | Failure]) -> None:
            found = self._result(work)
            if isinstance(found, Constructed):
                answer.set_result(
                    Registered(found.urn, "", found.outputs, dependencies=found.dependencies)
                )
            else:
                self._fail(registration, found, answer)
            self._busy.ended()

        self._start(partial(self._construct, registration)).add_done_callback(made)

    def call(self, ask: CallAsk) -> _Answer:
        answer: _Answer = Future()
        reference = ask.provider or self._provider_of_self(ask)
        if reference:
            self._call_by(ask, answer, reference)
        else:
            package = package_asked(ask.token, ask)
            call_served(self._serving, package, partial(self._call_by, ask, answer))
        return answer

    def _call_by(self, ask: CallAsk, answer: _Answer, reference: str | Failure) -> None:
        if isinstance(reference, Failure):
            answer.set_result(reference)
            return

        def called(work: _Answer) -> None:
            answer.set_result(self._result(work))
            self._busy.ended()

        served = replace(ask, provider=reference)
        self._start(partial(self._call, served)).add_done_callback(called)

    # --- in threads of their own ------------------------------------------------------------------

    def _start(self, work: Callable[[], _Made]) -> Future[_Made]:
        self._busy.began()
        thread = ThreadPoolExecutor(1, "component")
        started = thread.submit(work)
        thread.shutdown(wait=False)
        return started

    def _result(self, work: Future[_Made]) -> _Made | Failure:
        """What could not be handled ends the run; the program is answered all the same."""
        crash = work.exception()
        if crash is None:
            return work.result()
        self._busy.crashed(crash)
        return Failure("it could not be asked")

    def _construct(self, registration: Registration) -> Constructed | Refusal | Failure:
        found = self._server(registration.provider, registration.type)
        if isinstance(found, Failure):
            return found
        self._hold()
        return found.construct(ConstructAsk(registration))

    def _call(self, ask: CallAsk) -> Called | Refusal | Failure:
        found = self._server(ask.provider, ask.token)
        if isinstance(found, Failure):
            return found
        self._hold()
        return found.call(ask)

    # --- who answers ------------------------------------------------------------------------------

    def _server(self, reference: str, token: str) -> Constructs | Failure:
        if not isinstance(self._providers, HasProviderResources) or not reference:
            return Failure(f"nobody serves {token}")
        found = self._providers.provider(ResourceType(token), reference)
        if isinstance(found, Failure | Constructs):
            return found
        return Failure(f"the provider of {token} has neither components nor methods")

    def _provider_of_self(self, ask: CallAsk) -> str:
        """Return who serves the resource whose method it is."""
        this = bare(ask.args.get(_SELF))
        if not isinstance(this, Reference):
            return ""
        if is_provider_type(ResourceType(ask.token.partition("/")[0])):
            return f"{this.urn}::{this.id if isinstance(this.id, str) else ''}"
        return self._provider_of(this.urn)
