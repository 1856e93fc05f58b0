"""Exchange frames with one child, until it ends or is ended."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from google.protobuf.message import Message

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.program import Asked, Registrar
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import CmxError, ExitCode, ProgramFailed
from cloudmesh_iac.program.decode import Decoder
from cloudmesh_iac.program.messages import Ended, Failed
from cloudmesh_iac.program.methods import NAMES, REQUESTS
from cloudmesh_iac.program.monitor_calls import MonitorCalls
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind
from cloudmesh_iac.wire.protos import engine_pb2

_LEVELS: Mapping[int, str] = {engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}


class Conversation:
    """One reader thread; answers may come from any thread."""

    def __init__(
        self,
        link: FrameSocket,
        *,
        registrar: Registrar,
        decoder: Decoder,
        events: Events,
        folder: Path,
        evaluated: Caller,
    ) -> None:
        self._link = link
        self._registrar = registrar
        self._events = events
        self._lock = threading.Lock()
        self._answers_sent = 0
        self._quiet_after = -1
        self._is_stopped = False
        self._declared: Ended | None = None
        self._has_finished = False
        self._calls = MonitorCalls(
            registrar,
            decoder=decoder,
            folder=folder,
            evaluated=evaluated,
            send=self._send,
            on_shut_down=lambda: self._finish(self._declared),
        )
        self.asked = Asked(frozenset())
        self.files: tuple[str, ...] = ()
        self._thread = threading.Thread(target=self._read, name="program", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def is_quiet(self) -> bool:
        with self._lock:
            is_quiet = self._quiet_after == self._answers_sent
        return is_quiet and not self._calls.is_open()

    def stop(self) -> None:
        """Take no more calls; the registrar is not told of the end."""
        self._is_stopped = True
        self._calls.close()
        self._link.close()

    def _read(self) -> None:
        ended: Ended | None = None
        try:
            for frame in self._link.receive():
                if self._is_stopped:
                    return
                if frame.kind is Kind.ENDED:
                    ended = Ended.from_json(frame.body)
                else:
                    self._take(frame)
        finally:  # whatever happens here, the run must hear that the program is over
            self._calls.callbacks.end()
            if not self._is_stopped:
                self._finish(ended)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.CALL:
                self._call(frame)
            case Kind.CALLED | Kind.CALL_FAILED:
                with self._lock:
                    self._quiet_after = -1  # it goes on with what the function has left behind
                self._calls.callbacks.take(frame)
            case Kind.DECLARED:
                self._declared = Ended.from_json(frame.body)
            case Kind.QUIET:
                with self._lock:
                    self._quiet_after = frame.number
                self._registrar.grew_quiet()
            case _:
                self._log(frame)

    def _finish(self, ended: Ended | None) -> None:
        if self._has_finished:
            return
        self._has_finished = True
        if ended is None:
            message = "the program's interpreter died without a word"
            self._registrar.finish(ProgramFailed(message, hint="its last output stands above"))
            return
        self.asked = Asked(frozenset(ended.asked))
        self.files = tuple(ended.files)
        self._registrar.finish(_error(ended.failed) if ended.failed is not None else None)

    def _call(self, frame: Frame) -> None:
        name = NAMES[frame.method]
        try:
            reply = self._calls.answer(name, REQUESTS[frame.method].FromString(frame.body))
        except Exception as error:  # noqa: BLE001 - our own mistake must not look like a dead program
            self._refuse_call(frame, error)
            return
        if isinstance(reply, Future):
            reply.add_done_callback(partial(self._answer_later, frame))
        else:
            self._answer(frame.number, reply)

    def _answer_later(self, frame: Frame, reply: Future[Message]) -> None:
        error = reply.exception()
        if error is not None:
            self._refuse_call(frame, error)
        else:
            self._answer(frame.number, reply.result())

    def _refuse_call(self, frame: Frame, error: BaseException) -> None:
        words = str(error)
        if not isinstance(error, CmxError):
            words = f"cmx itself failed at {NAMES[frame.method]}: {type(error).__name__}: {error}"
        self._send(Frame(Kind.REFUSED, frame.number, body=words.encode()))

    def _answer(self, number: int, reply: Message) -> None:
        self._send(Frame(Kind.ANSWER, number, body=reply.SerializeToString()))

    def _send(self, frame: Frame) -> None:
        """Any thread; the child counts what it gets, to say what it was quiet after."""
        with self._lock:
            self._answers_sent += 1
        try:
            self._link.send(frame)
        except OSError:
            return  # the child is gone: the reader says so

    def _log(self, frame: Frame) -> None:
        urn, _, text = frame.body.decode().partition("\n")
        level = _LEVELS.get(frame.method, "info")
        self._events.tell(LogLine(text, Urn(urn) if urn else None, level))


def _error(failed: Failed) -> ProgramFailed:
    return ProgramFailed(
        failed.message,
        traceback=failed.traceback,
        place=failed.place,
        hint=failed.hint,
        exit_code=ExitCode(failed.exit_code),
    )
