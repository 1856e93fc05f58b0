"""Look at the files behind what a program declares before the engine hears of it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.ports.program import Registrar
from cloudmesh_iac.program.digests import lacks_digests, with_digests

_Told = TypeVar("_Told")


class Digesting:
    """Stands before a registrar; what has no files goes through at once.

    Files are read by one thread, begun when it is first needed: the reader of the program goes on
    meanwhile. Relative paths begin in `folder`, where the program runs. Errors, in the futures:
    ExperimentError for a file that cannot be read.
    """

    def __init__(self, registrar: Registrar, folder: Path) -> None:
        self._registrar = registrar
        self._folder = folder
        self._lock = threading.Lock()
        self._open = 0
        self._has_ended = False
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def register(self, registration: Registration) -> Future[Registered]:
        if not lacks_digests(registration.inputs):
            return self._registrar.register(registration)
        answer: Future[Registered] = Future()
        self._later(partial(self._register, registration, answer), answer)
        return answer

    def set_outputs(self, urn: Urn, outputs: Properties) -> Future[None]:
        done: Future[None] = Future()
        if lacks_digests(outputs):
            self._later(partial(self._set_outputs, urn, outputs, done), done)
        else:
            self._registrar.set_outputs(urn, outputs)
            done.set_result(None)
        return done

    def is_open(self) -> bool:
        """Say whether a file is being read, or about to."""
        with self._lock:
            return self._open > 0

    def end(self) -> None:
        """Read no more files; what is left is not answered. Idempotent."""
        self._has_ended = True
        self._work.put(None)

    def _register(self, registration: Registration, answer: Future[Registered]) -> None:
        about = registration.name + (f" ({registration.source})" if registration.source else "")
        inputs = with_digests(registration.inputs, folder=self._folder, about=about)
        if self._has_ended:
            return
        answered = self._registrar.register(replace(registration, inputs=inputs))
        answered.add_done_callback(partial(_hand_on, answer))

    def _set_outputs(self, urn: Urn, outputs: Properties, done: Future[None]) -> None:
        about = f"outputs of {name_of(urn)}"
        filled = with_digests(outputs, folder=self._folder, about=about)
        self._registrar.set_outputs(urn, filled)
        done.set_result(None)

    # --- the thread ---------------------------------------------------------------------------

    def _later(self, work: "partial[None]", answer: Future[_Told]) -> None:
        with self._lock:
            self._open += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="digests", daemon=True)
                self._thread.start()
        self._work.put(partial(_guarded, work, answer))

    def _run(self) -> None:
        while (work := self._work.get()) is not None and not self._has_ended:
            work()
            with self._lock:
                self._open -= 1
            if not self.is_open():
                self._registrar.grew_quiet()  # it may have been taken for busy because of this


def _guarded(work: "partial[None]", answer: Future[_Told]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
        answer.set_exception(error)


def _hand_on(answer: Future[_Told], answered: Future[_Told]) -> None:
    error = answered.exception()
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(answered.result())
