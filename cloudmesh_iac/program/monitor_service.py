"""Where plugins register the parts of components that they make for a program.

The same calls as those of the program itself, over gRPC instead of frames.
"""

import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message

from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.program.methods import NAMES
from cloudmesh_iac.wire.protos import resource_pb2_grpc

_THREADS = 512  # a call waits in one until its resource is there
_GOODBYE_S = 0.5
_LONGEST_PATH = 100  # of a socket, in bytes


class MonitorService:
    """Started when the first component needs it; only this user can reach its socket."""

    def __init__(self, answer: Callable[[str, Any], Message | Future[Message]]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None
        self._folder = Path()

    def address(self) -> str:
        with self._lock:
            if self._server is None:
                self._folder = _private_folder()
                self._server = grpc.server(ThreadPoolExecutor(_THREADS, "component-call"))
                resource_pb2_grpc.add_ResourceMonitorServicer_to_server(
                    _Servicer(self._answer), self._server
                )
                self._server.add_insecure_port(f"unix:{self._folder / 'monitor'}")
                self._server.start()
            return f"unix:{self._folder / 'monitor'}"

    def close(self) -> None:
        """What is asked still gets no answer any more. Idempotent."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop(_GOODBYE_S).wait()
            shutil.rmtree(self._folder, ignore_errors=True)


class _Servicer(resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self, answer: Callable[[str, Any], Message | Future[Message]]) -> None:
        for name in NAMES:
            setattr(self, name, _Method(name, answer))


class _Method:
    """One call of the service, by its name."""

    def __init__(self, name: str, answer: Callable[[str, Any], Message | Future[Message]]) -> None:
        self._name = name
        self._answer = answer

    def __call__(self, request: Any, context: Any) -> Message:
        try:
            reply = self._answer(self._name, request)
            return reply.result() if isinstance(reply, Future) else reply
        except CmxError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise


def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="cmx-"))
    if len(bytes(folder / "monitor")) > _LONGEST_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="cmx-", dir="/tmp"))
    return folder
