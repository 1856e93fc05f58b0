"""Call functions that a plugin hands over with the parts of its components.

The SDK inside of the plugin serves them, on a port of its own.
"""

import threading
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.wire import protos

if TYPE_CHECKING:
    import grpc


class PluginCallbacks:
    """Answers come in threads of their own, each while `taking` is held."""

    def __init__(self, taking: AbstractContextManager[Any]) -> None:
        self._taking = taking
        self._lock = threading.Lock()
        self._places: dict[str, str] = {}
        self._channels: dict[str, grpc.Channel] = {}

    def note(self, callback: Any) -> None:
        """Remember where a function is, which is asked for by its token alone."""
        with self._lock:
            self._places[callback.token] = callback.target

    def has(self, token: str) -> bool:
        with self._lock:
            return token in self._places

    def ask(self, token: str, request: Message) -> Future[bytes]:
        """Errors, in the future: CmxError with what the function threw."""
        answer: Future[bytes] = Future()
        message = protos.callback_pb2.CallbackInvokeRequest(
            token=token, request=request.SerializeToString()
        )
        call = protos.callback_pb2_grpc.CallbacksStub(self._channel(token)).Invoke.future(message)
        call.add_done_callback(partial(self._answered, answer))
        return answer

    def close(self) -> None:
        """What is asked still fails. Idempotent."""
        with self._lock:
            channels, self._channels = tuple(self._channels.values()), {}
        for channel in channels:
            channel.close()

    def _channel(self, token: str) -> "grpc.Channel":
        with self._lock:
            place = self._places[token]
            if place not in self._channels:
                options = (("grpc.enable_http_proxy", 0),)  # a proxy is not for loopback
                self._channels[place] = _grpc().insecure_channel(place, options=options)
            return self._channels[place]

    def _answered(self, answer: Future[bytes], call: Any) -> None:
        try:
            body = call.result().response
        except _grpc().RpcError as error:
            with self._taking:
                answer.set_exception(CmxError(str(error.details()).rstrip()))
        except _grpc().FutureCancelledError:
            with self._taking:
                answer.set_exception(CmxError("the plugin was stopped"))
        else:
            with self._taking:
                answer.set_result(body)


def _grpc() -> Any:
    """Return gRPC, which few programs need, and which takes a while to load."""
    return import_module("grpc")
