"""Answer each call of the resource monitor, whoever it comes from: a program, or its plugins."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from google.protobuf import empty_pb2
from google.protobuf.message import Message

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.program import Registrar
from cloudmesh_iac.errors import CmxError, NotSupportedYet
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
from cloudmesh_iac.program.methods import NAMES
from cloudmesh_iac.program.plugin_callbacks import PluginCallbacks
from cloudmesh_iac.program.registered_packages import RegisteredPackages
from cloudmesh_iac.program.transforms import Transforms
from cloudmesh_iac.wire.frames import Frame
from cloudmesh_iac.wire.protos import resource_pb2
from cloudmesh_iac.wire.structs import from_struct

if TYPE_CHECKING:
    from cloudmesh_iac.program.monitor_service import MonitorService

Reply: TypeAlias = Message | Future[Message]
_Told = TypeVar("_Told")
_TRANSFORMS = frozenset({"RegisterStackTransform", "RegisterStackInvokeTransform"})
_HOOKS = frozenset({"RegisterResourceHook", "RegisterErrorHook"})
_FEATURES = tuple(  # all that the SDK may ask for: what is not built yet is refused by its own name
    number
    for name, number in resource_pb2.ResourceMonitorFeature.items()
    if not name.endswith("BYTE_STRING")
)


class MonitorCalls:
    """Takes one call at a time, from any thread.

    `send` takes what the program's functions are asked; its answers come to `callbacks`.
    `on_shut_down` is called when a program that has hooks has nothing more to declare.
    """

    def __init__(
        self,
        registrar: Registrar,
        *,
        decoder: Decoder,
        folder: Path,
        evaluated: Caller,
        send: Callable[[Frame], None],
        on_shut_down: Callable[[], None],
    ) -> None:
        self._registrar = registrar
        self._decoder = decoder
        self._evaluated = evaluated
        self._on_shut_down = on_shut_down
        self._has_hooks = False
        self._taking = threading.RLock()
        self._plugin_callbacks = PluginCallbacks(self._taking)
        self.callbacks = Callbacks(send, self._plugin_callbacks)
        self._transforms = Transforms(self.callbacks, about=decoder.about)
        self._digesting = Digesting(registrar, folder)
        self._packages = RegisteredPackages()
        self._service: MonitorService | None = None
        self._calls = self._table()

    def answer(self, name: str, request: Any) -> Reply:
        """Errors: CmxError, also in the future."""
        with self._taking:
            return self._calls[name](request)

    def is_open(self) -> bool:
        """Say whether a function of the program is being called, or a file of it being read."""
        return self.callbacks.is_open() or self._digesting.is_open()

    def close(self) -> None:
        """Begin nothing more; what is asked still gets no answer. Idempotent."""
        self._digesting.end()
        self.callbacks.end()
        if self._service is not None:
            self._service.close()
        self._plugin_callbacks.close()

    def _table(self) -> Mapping[str, Callable[[Any], Reply]]:
        """Every call of the service has its place; one that is not built yet says so."""
        table: dict[str, Callable[[Any], Reply]] = {
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
        if self._service is None:  # few programs have such a component, and gRPC is slow to load
            module = import_module("cloudmesh_iac.program.monitor_service")
            self._service = module.MonitorService(self._answer_plugin)
        return replace(self._evaluated, monitor=self._service.address())

    def _answer_plugin(self, name: str, request: Any) -> Reply:
        """What a plugin asks for while it makes a component. Errors: CmxError.

        Its process lives as long as the run: its functions can be called until then.
        """
        if name == "SignalAndWaitForShutdown":
            return empty_pb2.Empty()
        for callback in _functions_in(name, request):
            self._plugin_callbacks.note(callback)
        return self.answer(name, request)

    def _add_hook(self, request: Any) -> Message:
        self._registrar.add_hook(to_hook(request, self.callbacks))
        self._has_hooks = True
        return empty_pb2.Empty()

    def _add_error_hook(self, request: Any) -> Message:
        self._registrar.add_hook(to_error_hook(request, self.callbacks))
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

    def _shut_down(self, _: Any) -> Reply:
        """A program whose hooks may be called yet is not let go: somebody stops it in the end."""
        if not self._has_hooks:
            return empty_pb2.Empty()
        self._on_shut_down()
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
