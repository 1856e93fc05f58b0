"""Answer whether something exists that the program does not declare."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Sought
from cloudmesh_iac.core.values import UNKNOWN, Unknown
from cloudmesh_iac.engine.asks import Read, ReadAsk
from cloudmesh_iac.engine.invoking import Busy
from cloudmesh_iac.engine.ports.program import Existence
from cloudmesh_iac.engine.reads import existence_of
from cloudmesh_iac.engine.serving import Serving, call_served, package_asked
from cloudmesh_iac.errors import ExperimentError

Ask: TypeAlias = Callable[[ReadAsk], object]


class Questions:
    """One for each evaluation; nobody stands by until the provider is there."""

    def __init__(
        self, stack: StackId, serving: Serving, *, ask: Ask, busy: Busy, pool: Executor
    ) -> None:
        self._stack = stack
        self._serving = serving
        self._ask = ask
        self._busy = busy
        self._pool = pool

    def exists(self, sought: Sought) -> Future[Existence]:
        """Errors, in the future: ExperimentError when nobody can say."""
        answer: Future[Existence] = Future()
        if sought.provider:
            self._look_for(sought, answer, sought.provider)
        else:
            package = package_asked(sought.type, sought)
            call_served(self._serving, package, partial(self._look_for, sought, answer))
        return answer

    def _look_for(
        self, sought: Sought, answer: Future[Existence], reference: str | Failure
    ) -> None:
        if isinstance(reference, Failure):
            answer.set_exception(_nobody_says(sought, reference))
            return
        self._busy.began()
        work = self._pool.submit(self._exists, replace(sought, provider=reference))
        work.add_done_callback(partial(self._looked, answer))

    def _looked(self, answer: Future[Existence], work: Future[Existence]) -> None:
        error = CancelledError() if work.cancelled() else work.exception()
        if error is None:
            answer.set_result(work.result())
        else:
            answer.set_exception(error)
        self._busy.ended()

    def _exists(self, sought: Sought) -> Existence:
        if isinstance(sought.id, Unknown):
            return UNKNOWN
        found = self._ask(existence_of(sought, sought.id, self._stack))
        if isinstance(found, Failure):
            raise _nobody_says(sought, found)
        return isinstance(found, Read)


def _nobody_says(sought: Sought, why: Failure) -> ExperimentError:
    return ExperimentError(f"{sought.type} {sought.id}: {why.message}", hint=why.hint)
