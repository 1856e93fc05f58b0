"""Call functions of the program and its plugins, and wait for what they answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from google.protobuf.message import Message

from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.program.plugin_callbacks import PluginCallbacks
from cloudmesh_iac.wire.frames import Frame, Kind


class Callbacks:
    """The parent's side; any thread may ask, the reader of the conversation hands in answers.

    What a plugin has handed over is asked of that.
    """

    def __init__(self, send: Callable[[Frame], None], plugins: PluginCallbacks) -> None:
        self._send = send
        self._plugins = plugins
        self._lock = threading.Lock()
        self._open: dict[int, Future[bytes]] = {}
        self._asked = 0
        self._has_ended = False

    def ask(self, token: str, request: Message) -> Future[bytes]:
        """Errors, in the future: CmxError with what the function threw, or that all is over."""
        if self._plugins.has(token):
            return self._plugins.ask(token, request)
        answer: Future[bytes] = Future()
        with self._lock:
            if self._has_ended:
                answer.set_exception(_over())
                return answer
            self._asked += 1
            number = self._asked
            self._open[number] = answer
        body = token.encode() + b"\n" + request.SerializeToString()
        self._send(Frame(Kind.CALLBACK, number, body=body))
        return answer

    def take(self, frame: Frame) -> None:
        """Hand in an answer."""
        with self._lock:
            answer = self._open.pop(frame.number)
        if frame.kind is Kind.CALLED:
            answer.set_result(frame.body)
        else:
            answer.set_exception(CmxError(frame.body.decode().rstrip()))

    def is_open(self) -> bool:
        """Say whether a function of the program is running, or about to."""
        with self._lock:
            return bool(self._open)

    def end(self) -> None:
        """The program is over: nobody waits for its functions any more. Idempotent."""
        with self._lock:
            self._has_ended = True
            left, self._open = tuple(self._open.values()), {}
        for answer in left:
            answer.set_exception(_over())


def _over() -> CmxError:
    return CmxError("the program has ended, and its functions with it")
