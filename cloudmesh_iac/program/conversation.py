"""Answer the calls of one child, until it ends or is ended."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import engine_pb2, resource_pb2

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports import Asked, Events, Registrar
from cloudmesh_iac.errors import CmxError, ExitCode, NotSupportedYet, ProgramFailed
from cloudmesh_iac.program.answers import (
    called_message,
    existence_message,
    invoked_message,
    read_message,
    registered_message,
)
from cloudmesh_iac.program.callbacks import Callbacks
from cloudmesh_iac.program.decode import Decoder, to_call, to_invoke
from cloudmesh_iac.program.digesting import Digesting
from cloudmesh_iac.program.hooks import to_error_hook, to_hook
from cloudmesh_iac.program.messages import Ended, Failed
from cloudmesh_iac.program.methods import NAMES, REQUESTS
from cloudmesh_iac.program.monitor_service import MonitorService
from cloudmesh_iac.program.plugin_callbacks import PluginCallbacks
from cloudmesh_iac.program.registered_packages import RegisteredPackages
from cloudmesh_iac.program.transforms import Transforms
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind
from cloudmesh_iac.wire.structs import from_struct

_Reply = Message | Future[Message]
_Told = TypeVar("_Told")
_TRANSFORMS = frozenset({"RegisterStackTransform", "RegisterStackInvokeTransform"})
_HOOKS = frozenset({"RegisterResourceHook", "RegisterErrorHook"})
_LEVELS: Mapping[int, str] = {engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}
_FEATURES = tuple(  # all that the SDK may ask for: what is not built yet is refused by its own name
    number
    for name, number in resource_pb2.ResourceMonitorFeature.items()
    if not name.endswith("BYTE_STRING")
)


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
        self._decoder = decoder
        self._events = events
        self._evaluated = evaluated
        self._lock = threading.Lock()
        self._answers_sent = 0
        self._quiet_after = -1
        self._is_stopped = False
        self._has_hooks = False
        self._declared: Ended | None = None
        self._has_finished = False
        self._taking = threading.RLock()
        self._plugin_callbacks = PluginCallbacks(self._taking)
        self._callbacks = Callbacks(self._send, self._plugin_callbacks)
        self._transforms = Transforms(self._callbacks, about=decoder.about)
        self._digesting = Digesting(registrar, folder)
        self._packages = RegisteredPackages()
        self._service = MonitorService(self._answer_plugin)
        self._calls = self._table()
        self.asked = Asked(frozenset())
        self.files: tuple[str, ...] = ()
        self._thread = threading.Thread(target=self._read, name="program", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def is_quiet(self) -> bool:
        with self._lock:
            is_quiet = self._quiet_after == self._answers_sent
        return is_quiet and not (self._callbacks.is_open() or self._digesting.is_open())

    def stop(self) -> None:
        """Take no more calls; the registrar is not told of the end."""
        self._is_stopped = True
        self._digesting.end()
        self._callbacks.end()
        self._service.close()
        self._plugin_callbacks.close()
        self._link.close()

    def _table(self) -> Mapping[str, Callable[[Any], _Reply]]:
        """Every call of the service has its place; one that is not built yet says so."""
        table: dict[str, Callable[[Any], _Reply]] = {
            "GetDeploymentInfo": self._deployment_info,
            "SupportsFeature": self._supports_feature,
            "RegisterResource": self._register,
            "RegisterResourceOutputs": self._set_outputs,
            "SignalAndWaitForShutdown": self._shut_down,
            "ReadResource": self._read_resource,
            "ExistsResource": self._exists,
            "Invoke": self._invoke,
            "Call": self._call_method,
            "RegisterStackTransform": self._add_transform,
            "RegisterStackInvokeTransform": self._add_invoke_transform,
            "RegisterResourceHook": self._add_hook,
            "RegisterErrorHook": self._add_error_hook,
            "RegisterPackage": self._packages.add,
        }
        missing = set(NAMES) - set(table)
        return table | {name: partial(self._refuse, name) for name in missing}

    # --- reading ------------------------------------------------------------------------------

    def _read(self) -> None:
        ended: Ended | None = None
        try:
            for frame in self._link.receive():
                if self._is_stopped:
                    return
                if frame.kind is Kind.ENDED:
                    ended = Ended.model_validate_json(frame.body)
                else:
                    self._take(frame)
        finally:  # whatever happens here, the run must hear that the program is over
            self._callbacks.end()
            if not self._is_stopped:
                self._finish(ended)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.CALL:
                self._call(frame)
            case Kind.CALLED | Kind.CALL_FAILED:
                with self._lock:
                    self._quiet_after = -1  # it goes on with what the function has left behind
                self._callbacks.take(frame)
            case Kind.DECLARED:
                self._declared = Ended.model_validate_json(frame.body)
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
            with self._taking:
                reply = self._calls[name](REQUESTS[frame.method].FromString(frame.body))
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

    # --- the calls ----------------------------------------------------------------------------

    def _deployment_info(self, _: Any) -> Message:
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def _supports_feature(self, _: Any) -> Message:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def _register(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        done = self._transforms.for_resource(request, partial(self._register_transformed, reply))
        done.add_done_callback(partial(_fail, reply))
        return reply

    def _read_resource(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        reading = self._packages.on(self._decoder.reading(request), request)
        answer = self._digesting.register(reading)
        answer.add_done_callback(partial(_reply, reply, read_message))
        return reply

    def _exists(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        sought = self._packages.on(self._decoder.sought(request), request)
        found = self._registrar.exists(sought)
        found.add_done_callback(partial(_reply, reply, existence_message))
        return reply

    def _register_transformed(self, reply: Future[Message], request: Any) -> None:
        registration = self._packages.on(self._decoder.registration(request), request)
        if registration.remote:
            registration = replace(registration, caller=self._caller())
        self._transforms.remember(registration.urn, request)
        answer = self._digesting.register(registration)
        answer.add_done_callback(partial(_reply, reply, registered_message))

    def _invoke(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        done = self._transforms.for_invoke(request, partial(self._invoke_transformed, reply))
        done.add_done_callback(partial(_fail, reply))
        return reply

    def _invoke_transformed(self, reply: Future[Message], request: Any) -> None:
        answer = self._registrar.invoke(self._packages.on(to_invoke(request), request))
        answer.add_done_callback(partial(_reply, reply, invoked_message))

    def _call_method(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        ask = self._packages.on(to_call(request, self._caller()), request)
        answer = self._registrar.call(ask)
        answer.add_done_callback(partial(_reply, reply, called_message))
        return reply

    def _caller(self) -> Caller:
        return replace(self._evaluated, monitor=self._service.address())

    def _answer_plugin(self, name: str, request: Any) -> _Reply:
        """What a plugin asks for while it makes a component. Errors: CmxError.

        Its process lives as long as the run: its functions can be called until then.
        """
        if name == "SignalAndWaitForShutdown":
            return empty_pb2.Empty()
        for callback in _functions_in(name, request):
            self._plugin_callbacks.note(callback)
        with self._taking:
            return self._calls[name](request)

    def _add_hook(self, request: Any) -> Message:
        self._registrar.add_hook(to_hook(request, self._callbacks))
        self._has_hooks = True
        return empty_pb2.Empty()

    def _add_error_hook(self, request: Any) -> Message:
        self._registrar.add_hook(to_error_hook(request, self._callbacks))
        self._has_hooks = True
        return empty_pb2.Empty()

    def _add_transform(self, request: Any) -> Message:
        self._transforms.add(request.token)
        return empty_pb2.Empty()

    def _add_invoke_transform(self, request: Any) -> Message:
        self._transforms.add_of_invokes(request.token)
        return empty_pb2.Empty()

    def _set_outputs(self, request: Any) -> Future[Message]:
        reply: Future[Message] = Future()
        done = self._digesting.set_outputs(Urn(request.urn), from_struct(request.outputs))
        done.add_done_callback(partial(_reply, reply, lambda _: empty_pb2.Empty()))
        return reply

    def _shut_down(self, _: Any) -> _Reply:
        """A program whose hooks may be called yet is not let go: somebody stops it in the end."""
        if not self._has_hooks:
            return empty_pb2.Empty()
        self._finish(self._declared)
        return Future()

    def _refuse(self, what: str, request: Any) -> Message:
        about = self._decoder.about(request)
        raise NotSupportedYet(f"{about}: {what}: not supported yet".removeprefix(": "))


def _functions_in(name: str, request: Any) -> Sequence[Any]:
    """Return the functions that a call hands over."""
    if name in _TRANSFORMS:
        return (request,)
    if name in _HOOKS:
        return (request.callback,)
    return tuple(getattr(request, "transforms", ()))


def _fail(reply: Future[Message], done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        reply.set_exception(error)


def _reply(
    reply: Future[Message], to_message: Callable[[_Told], Message], answer: Future[_Told]
) -> None:
    """An answer that the wire cannot carry is refused: the program must not wait for ever."""
    try:
        reply.set_result(to_message(answer.result()))
    except CmxError as error:
        reply.set_exception(error)
    except (ValueError, OverflowError) as error:
        reply.set_exception(CmxError(f"an answer cannot be sent to the program: {error}"))


def _error(failed: Failed) -> ProgramFailed:
    return ProgramFailed(
        failed.message,
        traceback=failed.traceback,
        place=failed.place,
        hint=failed.hint,
        exit_code=ExitCode(failed.exit_code),
    )
