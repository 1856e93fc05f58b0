"""What plugins may ask of the engine: to pass on a line of their log."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.wire.protos import engine_pb2, engine_pb2_grpc

_THREADS = 4  # a log line is taken in microseconds
_GOODBYE_S = 0.5
_LEVELS = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class EngineService(engine_pb2_grpc.EngineServicer):
    """One server for all plugins of a run, on loopback, started at the first plugin."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None
        self._address = ""

    def address(self) -> str:
        """Return where plugins find it. Errors: RuntimeError where no port can be had."""
        with self._lock:
            if self._server is None:
                self._server = grpc.server(ThreadPoolExecutor(_THREADS, "plugin-log"))
                engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
                port = self._server.add_insecure_port("127.0.0.1:0")
                self._server.start()
                self._address = f"127.0.0.1:{port}"
            return self._address

    def close(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop(_GOODBYE_S).wait()

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> Empty:
        level = _LEVELS.get(request.severity, "info")
        urn = Urn(request.urn) if request.urn else None
        for line in request.message.splitlines():
            self._events.tell(LogLine(line, urn, level))
        return Empty()

    def GetRootResource(
        self, request: engine_pb2.GetRootResourceRequest, context: Any
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse()
