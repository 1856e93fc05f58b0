"""Answer what a program asks of functions: when may one be called, and who is it?"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import package_of
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Refusal
from cloudmesh_iac.engine.ports.providers import HasFunctions, Providers
from cloudmesh_iac.engine.serving import Serving, call_served, package_asked

GET_RESOURCE = "pulumi:pulumi:getResource"
_NOT_KNOWN = Invoked({}, is_unknown=True)


class Settled:
    """What this run has answered so far: which resources are there, and which are not yet.

    A future is let go once it is answered: it keeps alive all that was called back by it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._registrations: dict[Urn, Registration] = {}
        self._open: dict[Urn, Future[Registered]] = {}
        self._answers: dict[Urn, Registered] = {}
        self._children: dict[Urn, list[Urn]] = {}

    def note(self, registration: Registration, answer: Future[Registered]) -> None:
        urn = registration.urn
        with self._lock:
            self._registrations[urn] = registration
            self._open[urn] = answer
            if registration.parent is not None:
                self._children.setdefault(registration.parent, []).append(urn)
        answer.add_done_callback(partial(self._take, urn))

    def _take(self, urn: Urn, answer: Future[Registered]) -> None:
        with self._lock:
            self._answers[urn] = answer.result()
            del self._open[urn]

    def first_open(self, roots: Iterable[Urn]) -> Future[Registered] | None:
        """Return a registration below these that is not answered yet."""
        with self._lock:
            still = (self._open[urn] for urn in self._below(roots) if urn in self._open)
            return next((answer for answer in still if not answer.done()), None)

    def lacks(self, roots: Iterable[Urn]) -> bool:
        """Say whether a resource below these is not there: planned only, failed or skipped.

        All of them have to be answered.
        """
        with self._lock:
            asked = [urn for urn in self._below(roots) if self._registrations[urn].custom]
            answers = [self._answer(urn) for urn in asked]
        return any(answer is None or answer.failed or not answer.id for answer in answers)

    def answer_of(self, urn: Urn) -> Registered | None:
        with self._lock:
            return self._answer(urn)

    def _answer(self, urn: Urn) -> Registered | None:
        """It may be answered, and `_take` not called yet."""
        still = self._open.get(urn)
        if still is not None:
            return still.result() if still.done() else None
        return self._answers.get(urn)

    def _below(self, roots: Iterable[Urn]) -> Iterator[Urn]:
        """Yield the resources themselves, and what is inside the components among them."""
        left = list(roots)
        while left:
            urn = left.pop()
            registration = self._registrations.get(urn)
            if registration is None:
                continue
            yield urn
            if not registration.custom:
                left.extend(self._children.get(urn, ()))


class Busy(Protocol):
    """Whoever counts the workers that are at work."""

    def began(self) -> None: ...

    def ended(self) -> None: ...

    def crashed(self, error: BaseException | None) -> None: ...


_Answer: TypeAlias = Future[Invoked | Refusal | Failure]


class Functions:
    """Calls functions when what they stand on is there; nobody stands by meanwhile."""

    def __init__(
        self,
        providers: Providers,
        serving: Serving,
        settled: Settled,
        *,
        busy: Busy,
        pool: Executor,
    ) -> None:
        self._providers = providers
        self._serving = serving
        self._settled = settled
        self._busy = busy
        self._pool = pool

    def invoke(self, ask: InvokeAsk) -> _Answer:
        answer: _Answer = Future()
        if ask.provider or ask.token == GET_RESOURCE:
            self._when_settled(ask, answer)
            return answer
        package = package_asked(ask.token, ask)
        call_served(self._serving, package, partial(self._served, ask, answer))
        return answer

    def _served(self, ask: InvokeAsk, answer: _Answer, reference: str | Failure) -> None:
        if isinstance(reference, Failure):
            answer.set_result(reference)
        else:
            self._when_settled(replace(ask, provider=reference), answer)

    def _when_settled(self, ask: InvokeAsk, answer: _Answer) -> None:
        """What is registered below its dependencies counts too."""
        first = self._settled.first_open(ask.depends_on)
        if first is not None:
            first.add_done_callback(lambda _: self._when_settled(ask, answer))
            return
        self._busy.began()
        call = partial(call_function, ask, settled=self._settled, providers=self._providers)
        self._pool.submit(call).add_done_callback(partial(self._called, answer))

    def _called(self, answer: _Answer, work: _Answer) -> None:
        crash = None if work.cancelled() else work.exception()
        if crash is not None or work.cancelled():
            answer.set_result(Failure("it could not be called"))
            self._busy.crashed(crash)
        else:
            answer.set_result(work.result())
        self._busy.ended()


def call_function(
    ask: InvokeAsk, *, settled: Settled, providers: Providers
) -> Invoked | Refusal | Failure:
    """Call a function, if all that it is asked about is known."""
    if has_unknown(ask.args) or settled.lacks(ask.depends_on):
        return _NOT_KNOWN
    if ask.token == GET_RESOURCE:
        return _resource(ask, settled)
    functions = (
        providers.functions(ask)
        if isinstance(providers, HasFunctions)
        else Failure(f"nobody knows the functions of {package_of(ask.token)}")
    )
    return functions if isinstance(functions, Failure) else functions.invoke(ask)


def _resource(ask: InvokeAsk, settled: Settled) -> Invoked | Failure:
    """Return what a resource of this run was answered: how a reference becomes a resource again."""
    urn = str(ask.args.get("urn", ""))
    answer = settled.answer_of(Urn(urn))
    if answer is None:
        return Failure(f"unknown resource {urn}")
    return Invoked({"urn": urn, "id": answer.id, "state": answer.outputs})
