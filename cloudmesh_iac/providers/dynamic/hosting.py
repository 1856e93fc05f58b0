"""Put the questions of the Provider port to the host process, and start it when first needed."""

import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import Properties, Unknown, Value, without_secrets
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.dynamic.provider_key import PROVIDER_KEY
from cloudmesh_iac.settings.passphrases import FILE_VARIABLE, VARIABLE
from cloudmesh_iac.wire.children import Child, launch
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind

_HOST_MODULE = "cloudmesh_iac.providers.dynamic.host"


@dataclass(frozen=True, slots=True)
class HostBegin:
    """What the host needs to know first: where the program's modules are, and its settings."""

    project: str
    working_directory: str
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostCall:
    method: str
    handler: str
    ask: object


@dataclass(frozen=True, slots=True)
class HostChecked:
    """What was answered, and whether the class has a check of its own."""

    answer: object
    is_own: bool


class HandlerHost:
    """The host process; satisfies the Provider port. Started at the first question.

    `begin` is asked then too: what it takes to answer is not spent where nobody needs it.
    """

    def __init__(
        self,
        begin: Callable[[], HostBegin],
        *,
        python: str,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> None:
        self._begin = begin
        self._python = python
        self._environment = environment
        self._on_line = on_line
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._open: dict[int, Future[Any]] = {}
        self._calls = 0
        self._unchecked: set[Value] = set()
        self._is_closed = False

    def prepare(self) -> None:
        """Start the process in the background: it loads while the program does."""
        threading.Thread(target=self._prepare, name="host-start", daemon=True).start()

    def _prepare(self) -> None:
        with suppress(CmxError, OSError), self._lock:  # the first question meets it again
            if self._child is None and not self._is_closed:
                self._start()

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        """Ask the class, unless it is known to take everything.

        Few classes have a check of their own, and a question takes longer than all else that is
        done here for a resource that stays as it is.
        """
        handler = ask.news.get(PROVIDER_KEY)
        if isinstance(handler, str) and handler in self._unchecked and _is_plain(ask.news):
            return Checked({key: one for key, one in ask.news.items() if one is not None})
        answer = self._call("check", ask, ask.news)
        if isinstance(answer, HostChecked):
            if not answer.is_own:
                self._unchecked.add(handler)
            answer = answer.answer
        return cast("Checked | Refusal | Failure", answer)

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        return cast("Difference | Failure", self._call("diff", ask, ask.news))

    def create(self, ask: CreateAsk) -> Created | Failure:
        return cast(
            "Created | Failure", self._call("create", ask, ask.inputs, timeout_s=ask.timeout_s)
        )

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        return cast(
            "Updated | Failure", self._call("update", ask, ask.news, timeout_s=ask.timeout_s)
        )

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        return cast(
            "Deleted | Failure", self._call("delete", ask, ask.inputs, timeout_s=ask.timeout_s)
        )

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        return cast(
            "Read | Gone | Failure", self._call("read", ask, ask.inputs, timeout_s=ask.timeout_s)
        )

    def search(self, ask: FindAsk) -> Search | Failure:
        return cast("Search | Failure", self._call("search", ask, ask.news))

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        return cast("Sequence[Found] | Failure", self._call("find", ask, ask.news))

    def close(self) -> None:
        """End the process, if there is one. Idempotent."""
        with self._lock:
            child, self._child = self._child, None
            self._is_closed = True
        if child is not None:
            child.stop()

    def _call(
        self, method: str, ask: object, properties: Properties, *, timeout_s: float | None = None
    ) -> object:
        handler = without_secrets(properties.get(PROVIDER_KEY))
        if isinstance(handler, Unknown):
            return _SEALED
        if not isinstance(handler, str):
            return Failure("it carries no provider class")
        answer: Future[Any] = Future()
        body = pickle.dumps(HostCall(method, handler, ask))
        try:
            with self._lock:
                link = (self._child or self._start()).link
                self._calls += 1
                number = self._calls
                self._open[number] = answer
            link.send(Frame(Kind.CALL, number, body=body))
        except OSError:
            return _GONE
        except CmxError as error:
            return Failure.of(error)
        try:
            return answer.result(timeout_s)
        except TimeoutError:
            return _too_late(method, timeout_s or 0.0)

    def _start(self) -> Child:
        """Errors: CmxError when there is nothing to begin with: settings that cannot be read."""
        begin = pickle.dumps(self._begin())
        child = launch(_HOST_MODULE, python=self._python, environment=self._environment)
        child.print_to(self._on_line)
        child.link.send(Frame(Kind.BEGIN, body=begin))
        threading.Thread(target=self._read, args=(child.link,), daemon=True).start()
        self._child = child
        return child

    def _read(self, link: FrameSocket) -> None:
        for frame in link.receive():
            with self._lock:
                answer = self._open.pop(frame.number)
            answer.set_result(_unpickled(frame.body))
        with self._lock:
            unanswered = tuple(self._open.values())
            self._open.clear()
        for answer in unanswered:
            answer.set_result(_GONE)


def _is_plain(value: Value) -> bool:
    """Say whether a class would see it as it is: nothing unknown or secret, no file."""
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _unpickled(body: bytes) -> object:
    """An answer may hold what only the program's own modules know; then it is no answer."""
    try:
        return pickle.loads(body)
    except Exception as error:  # noqa: BLE001 - unpickling raises whatever it meets
        return Failure(f"its answer cannot be read: {error}", is_certain=False)


def _too_late(method: str, timeout_s: float) -> Failure:
    """What goes on in the host may still come to its end: nobody knows what is there then."""
    return Failure(
        f"its {method} did not end within {timeout_s:g} s, as custom_timeouts wants it",
        "look what is there before you run it again, or give it more time",
        is_certain=False,
    )


_SEALED = Failure(
    "its provider class is kept secret, and cannot be read without the passphrase of the stack",
    f"give the passphrase in {VARIABLE}, or a file that holds it in {FILE_VARIABLE}",
)
_GONE = Failure(
    "the process that runs the program's provider classes has died",
    "its last output stands above",
    is_certain=False,
)
