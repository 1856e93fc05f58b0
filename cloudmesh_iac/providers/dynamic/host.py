"""Serve the dynamic provider classes of a program, in a process of their own.

The classes come pickled in each resource, as Pulumi puts them there. Requests and answers are
pickled values over a socket pair: both ends are ours and of one version.
"""

import base64
import os
import pickle
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dill
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.runtime._serialization import _deserialize

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.dynamic.hosting import HostBegin, HostCall, HostChecked
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind

_WORKERS = 16


class Handlers:
    """Handler objects by their pickle: each is loaded and configured once."""

    def __init__(self, begin: HostBegin) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._known: dict[str, HandlerCalls] = {}

    def calls(self, text: str) -> HandlerCalls:
        with self._lock:
            if text not in self._known:
                handler: ResourceProvider = _deserialize(lambda: dill.loads(base64.b64decode(text)))
                config = Config(dict(self._begin.config), self._begin.project)
                handler.configure(ConfigureRequest(config))
                self._known[text] = HandlerCalls(handler)
            return self._known[text]


def main() -> None:
    link = FrameSocket(socket.socket(fileno=int(sys.argv[1])))
    frames = link.receive()
    first = next(frames, None)
    if first is None:
        return
    begin: HostBegin = pickle.loads(first.body)
    folder = Path(begin.working_directory)
    os.chdir(folder)
    sys.path[0] = str(folder)
    handlers = Handlers(begin)
    pool = ThreadPoolExecutor(_WORKERS)
    for frame in frames:
        pool.submit(_serve, link, handlers, frame)
    os._exit(0)  # nobody hears of it any more: what goes on would be behind the next run's back


def _serve(link: FrameSocket, handlers: Handlers, frame: Frame) -> None:
    try:
        body = pickle.dumps(_answer(handlers, pickle.loads(frame.body)))
    except BaseException as error:  # noqa: BLE001 - also sys.exit: the other end waits for an answer
        failure = Failure(f"{type(error).__name__}: {error}", is_certain=False)
        body = pickle.dumps(failure)
    link.send(Frame(Kind.ANSWER, frame.number, body=body))


def _answer(handlers: Handlers, call: HostCall) -> Any:
    try:
        calls = handlers.calls(call.handler)
    except Exception as error:  # noqa: BLE001 - unpickling runs foreign code
        return Failure(
            f"its provider class cannot be loaded: {type(error).__name__}: {error}",
            "the module must be importable from the program's folder",
        )
    answer = getattr(calls, call.method)(call.ask)
    return HostChecked(answer, calls.checks) if call.method == "check" else answer
