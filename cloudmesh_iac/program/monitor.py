"""What the SDK talks to in the child: every call becomes a frame, every answer a future."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from google.protobuf import empty_pb2
from google.protobuf.message import Message

from cloudmesh_iac.program.methods import NAMES, RESPONSES
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind
from cloudmesh_iac.wire.protos import engine_pb2


class CallRefused(Exception):
    """The engine cannot do what the program asked the SDK for; the message is for people."""


def _nothing() -> None:
    """Nobody wants to be told."""


class RemoteMonitor:
    """The ResourceMonitor of the SDK. A call returns at once.

    `frames_seen` counts what the parent has sent and the loop has begun to handle.
    """

    def __init__(self, link: FrameSocket) -> None:
        self._link = link
        self._lock = threading.Lock()  # of the table; the socket has its own: one lock deadlocks
        self._open: dict[int, tuple[int, Future[Message]]] = {}
        self._calls = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.frames_seen = 0
        self.on_declared: Callable[[], None] = _nothing
        for method, name in enumerate(NAMES):
            setattr(self, name, self._caller(method))

    def _caller(self, method: int) -> Callable[[Message], "Future[Message]"]:
        def call(request: Message) -> "Future[Message]":
            if NAMES[method] == "SignalAndWaitForShutdown":
                self.on_declared()
            answer: Future[Message] = Future()
            answer.set_running_or_notify_cancel()  # a loop that closes must not take it back
            with self._lock:
                self._calls += 1
                number = self._calls
                self._open[number] = (method, answer)
            body = request.SerializeToString()
            self._link.send(Frame(Kind.CALL, number, method, body))
            return answer

        return call

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count answers on this loop: it must not call itself quiet before it has handled them."""
        self._loop = loop

    def take(self, frame: Frame) -> None:
        """Complete the call that a frame from the parent belongs to."""
        with self._lock:
            method, answer = self._open.pop(frame.number)
        self._complete(method, answer, frame=frame)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed: nobody waits for quiet any more
                self._loop.call_soon_threadsafe(self.count)

    def count(self) -> None:
        self.frames_seen += 1

    def _complete(self, method: int, answer: "Future[Message]", *, frame: Frame) -> None:
        if frame.kind is Kind.ANSWER:
            answer.set_result(RESPONSES[method].FromString(frame.body))
        else:
            answer.set_exception(CallRefused(frame.body.decode()))

    def open_calls(self) -> int:
        with self._lock:
            return len(self._open)


class RemoteLog:
    """The engine that `pulumi.log` talks to. Debug messages, thousands of them, stay here."""

    def __init__(self, link: FrameSocket) -> None:
        self._link = link

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:
        if request.severity != engine_pb2.DEBUG:
            body = f"{request.urn}\n{request.message}".encode()
            self._link.send(Frame(Kind.LOG, method=request.severity, body=body))
        return empty_pb2.Empty()

    def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Every version is served: the SDK that asks is the one that runs here."""
        return engine_pb2.RequirePulumiVersionResponse()
