"""A plugin in front of the real one: passes every call on, and writes down those about resources.

It can end whoever asks just after a create was answered, as a power failure would: the cloud has
made something, and nobody has heard of it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import provider_pb2

from tests.rigs.openstack.plugin_program import VERSION, install_openstack

_VARIABLE = "CMX_TEST_LISTENING"
_SOURCE = Path(__file__).parents[3]
_SERVICE = "/pulumirpc.ResourceProvider/"
_WRITTEN_DOWN = ("Check", "Diff", "Create", "Update", "Delete", "Read")
_THREADS = 64
_LONGEST_MESSAGE = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_send_message_length", _LONGEST_MESSAGE),
    ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
)


@dataclass(frozen=True, slots=True)
class Listening:
    """What the plugin heard, and whether it shall kill; all of it files in a folder."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {_VARIABLE: str(self.folder)}

    def install(self, plugins: Path) -> None:
        """Put it into a folder of plugins, in place of the real one. Errors: CannotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        real = install_openstack(self.folder / "real")
        (self.folder / "program").write_text(str(real))
        program = plugins / f"resource-openstack-v{VERSION}" / "pulumi-resource-openstack"
        program.parent.mkdir(parents=True)
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH={_SOURCE} exec {sys.executable} -m {__name__} "$@"\n'
        )
        program.chmod(0o755)

    def calls(self, *methods: str) -> Sequence[Mapping[str, Any]]:
        """Return the calls so far, in order: `method`, then the fields of the message.

        `under_way` says how many calls had been taken and not answered by then, it among them.
        """
        try:
            lines = (self.folder / "calls").read_text().splitlines()
        except FileNotFoundError:
            return ()
        calls = [json.loads(line) for line in lines]
        return [call for call in calls if not methods or call["method"] in methods]

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def kill_after(self, type_: str) -> None:
        """End the engine with SIGKILL when the next thing of a type has been made."""
        (self.folder / "kill").write_text(type_)

    def write(self, method: str, message: Mapping[str, Any], *, under_way: int) -> None:
        with (self.folder / "calls").open("a") as file:
            file.write(json.dumps({**message, "method": method, "under_way": under_way}) + "\n")

    def is_to_kill(self, type_: str) -> bool:
        """Say so once."""
        order = self.folder / "kill"
        if not order.exists() or order.read_text() != type_:
            return False
        order.unlink()
        return True


class PassesOn(grpc.GenericRpcHandler):
    def __init__(self, listening: Listening, port: int) -> None:
        self._listening = listening
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        self._lock = threading.Lock()
        self._under_way = 0

    def service(self, details: Any) -> Any:
        method: str = details.method

        def pass_on(request: bytes, context: Any) -> bytes:
            return self._pass_on(method, request, context)

        return grpc.unary_unary_rpc_method_handler(pass_on)

    def _pass_on(self, method: str, request: bytes, context: Any) -> bytes:
        name = method.removeprefix(_SERVICE)
        asked = None
        if name in _WRITTEN_DOWN:
            asked = getattr(provider_pb2, f"{name}Request").FromString(request)
            with self._lock:
                self._under_way += 1
                words = MessageToDict(asked)
                self._listening.write(name, words, under_way=self._under_way)
        call: Any = self._channel.unary_unary(method)
        try:
            answer: bytes = call(request)
        except grpc.RpcError as error:
            context.set_trailing_metadata(error.trailing_metadata() or ())
            context.abort(error.code(), error.details())
            raise
        finally:
            with self._lock:
                self._under_way -= name in _WRITTEN_DOWN
        if name == "Create" and asked is not None and not asked.preview:
            with self._lock:
                if self._listening.is_to_kill(asked.type):
                    _kill_engine()
        return answer


def _kill_engine() -> None:
    """Whoever has started us is the guard of plugins, and the engine has started that."""
    fields = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
    os.kill(int(fields[1]), signal.SIGKILL)


def main() -> None:
    listening = Listening(Path(os.environ[_VARIABLE]))
    program = (listening.folder / "program").read_text()
    with subprocess.Popen([program, *sys.argv[1:]], stdout=subprocess.PIPE) as real:
        assert real.stdout is not None
        port = int(real.stdout.readline())
        threading.Thread(target=real.stdout.read, daemon=True).start()
        server = grpc.server(ThreadPoolExecutor(_THREADS), options=_OPTIONS)
        server.add_generic_rpc_handlers((PassesOn(listening, port),))
        own = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{own}\n")
        sys.stdout.flush()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: real.send_signal(signal.SIGINT))
        real.wait()
        server.stop(0)


if __name__ == "__main__":
    main()
