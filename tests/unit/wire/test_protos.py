"""Pulumi's messages without its SDK; and what a command loads of it before it needs it."""

import subprocess
import sys

import pytest

from cloudmesh_iac.wire import protos

_LOADED = """
import sys
from importlib import import_module
import_module(sys.argv[1])
print([name for name in ("pulumi", "grpc", "http.client") if name in sys.modules])
"""


def loaded_by(module: str) -> str:
    """Return what a new interpreter has loaded of the heavy modules after one import."""
    command = [sys.executable, "-c", _LOADED, module]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("command", ["up", "preview", "status", "destroy"])
def test_a_command_loads_neither_the_sdk_nor_grpc(command: str) -> None:
    assert "pulumi" not in loaded_by(f"cloudmesh_iac.cli.commands.{command}")
    assert "grpc" not in loaded_by(f"cloudmesh_iac.cli.commands.{command}")


def test_the_messages_are_those_of_the_sdk_whichever_comes_first() -> None:
    # given
    program = """
from cloudmesh_iac.wire.protos import resource_pb2
assert "pulumi" not in __import__("sys").modules
import pulumi.runtime.proto.resource_pb2 as theirs
assert theirs.RegisterResourceRequest is resource_pb2.RegisterResourceRequest
from cloudmesh_iac.wire.protos import provider_pb2
assert provider_pb2.__name__.startswith("pulumi.")
"""

    # then
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_is_no_module_of_messages_is_not_there() -> None:
    assert not hasattr(protos, "weather_pb2")
