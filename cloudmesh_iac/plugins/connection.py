"""Call a plugin over gRPC, and turn what goes wrong into failures."""

import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.process import Peer
from cloudmesh_iac.plugins.refusals import Half, half_made, is_late, is_lost, to_failure
from cloudmesh_iac.wire.protos import provider_pb2_grpc

_LONGEST_MESSAGE = 400 * 1024 * 1024  # what Pulumi's SDK and plugins use
_OPTIONS = (
    ("grpc.max_send_message_length", _LONGEST_MESSAGE),
    ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
    ("grpc.enable_http_proxy", 0),  # a proxy of this computer is not for loopback
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
)
_GRACE_S = 60.0  # a plugin that keeps its own time limit says so itself, a bit later
_CANCEL_S = 1.0
_READY_EACH_S = 0.25
_SHOWN_LINES = 5
_Answer = TypeVar("_Answer")


class Connection:
    """One plugin that answers on a port. `name` is what people call it.

    It is asked `at_once` things at a time, None for any number: it may pass each on to its cloud.
    """

    def __init__(self, name: str, peer: Peer, *, at_once: int | None = None) -> None:
        self._name = name
        self._turns = nullcontext() if at_once is None else threading.Semaphore(at_once)
        self._peer = peer
        self._channel = grpc.insecure_channel(f"127.0.0.1:{peer.port}", options=_OPTIONS)
        self._has_ended = False
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def await_ready(self, deadline_s: float) -> None:
        """Errors: CmxError when it dies, or does not answer in time."""
        ready = grpc.channel_ready_future(self._channel)
        for _ in range(max(1, round(deadline_s / _READY_EACH_S))):
            with suppress(grpc.FutureTimeoutError):
                ready.result(_READY_EACH_S)
                return
            if not self._peer.is_alive():
                break
        ready.cancel()
        if self._peer.is_alive():
            raise CmxError(f"it did not answer on its port within {deadline_s:g} s")
        raise CmxError("it ended before it answered")

    def ask(
        self,
        call: Callable[[], _Answer],
        *,
        changes: bool = False,
        half: Callable[[Half], _Answer] | None = None,
        in_turn: bool = True,
    ) -> _Answer | Failure:
        """Return what a call returns; `changes` says that it may have changed something.

        `half` makes an answer of an object that is there and not ready. What is asked out of turn
        is not counted: it may itself wait for what the plugin is asked meanwhile.
        """
        try:
            try:
                with self._turns if in_turn else nullcontext():
                    return call()
            except grpc.RpcError as error:
                made = half_made(error)
                if half is None or made is None:
                    return self._failure(error, changes=changes)
                return half(made)
        except CmxError as error:
            return Failure.of(error, is_certain=not changes)
        except ValueError:  # what gRPC says of a channel that is closed
            return Failure(f"the plugin {self._name} was stopped")

    def close(self) -> None:
        """Idempotent. What is being asked meanwhile fails."""
        self._has_ended = True
        if self._peer.is_ours and self._peer.is_alive():
            with suppress(grpc.RpcError):
                self.stub.Cancel(Empty(), timeout=_CANCEL_S)
        self._channel.close()
        self._peer.stop()

    def _failure(self, error: grpc.RpcError, *, changes: bool) -> Failure:
        if self._has_ended:
            return Failure(f"the plugin {self._name} was stopped", is_certain=not changes)
        if is_lost(error):
            return self._lost(changes=changes)
        if is_late(error):
            return Failure(
                f"the plugin {self._name} did not answer in time",
                "look what is there before you run it again, or give it more time"
                if changes
                else "",
                is_certain=not changes,
            )
        return to_failure(error, changes=changes)

    def _lost(self, *, changes: bool) -> Failure:
        words = self._peer.last_words().splitlines()[-_SHOWN_LINES:]
        said = f"; its last words: {' | '.join(words)}" if words else ""
        return Failure(
            f"the plugin {self._name} has died{said}",
            "run it again: what it was asked last is looked for first" if changes else "",
            is_certain=not changes,
        )


def limit_s(timeout_s: float | None) -> float | None:
    """Return how long to wait for a change that is to take at most so long."""
    return None if timeout_s is None else timeout_s + _GRACE_S
