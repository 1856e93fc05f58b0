"""Pulumi's messages, without the rest of its SDK: that takes a third of a second to load.

Where the SDK is loaded already, or later, its own modules and these have the same classes.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = (
    "alias_pb2",
    "callback_pb2",
    "callback_pb2_grpc",
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
    "source_pb2",
    "status_pb2",
)
_THEIRS = "pulumi.runtime.proto"
_OURS = f"{__name__}_of_pulumi"

if TYPE_CHECKING:
    from pulumi.runtime.proto import (
        alias_pb2,
        callback_pb2,
        callback_pb2_grpc,
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
        source_pb2,
        status_pb2,
    )
else:

    def __getattr__(name: str) -> Any:
        """Load one module of messages when it is first asked for."""
        if name not in __all__:
            raise AttributeError(name)
        found = globals()[name] = import_module(f"{_package()}.{name}")
        return found


def _package() -> str:
    """Return a package that finds the modules: the SDK's own where that is loaded."""
    if _THEIRS in sys.modules:
        return _THEIRS
    if _OURS not in sys.modules:
        package = ModuleType(_OURS)
        package.__path__ = [str(_folder())]
        sys.modules[_OURS] = package
    return _OURS


def _folder() -> Path:
    """Errors: ModuleNotFoundError without Pulumi's SDK."""
    sdk = find_spec("pulumi")  # looks for it, and does not load it
    if sdk is None or not sdk.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'pulumi'", name="pulumi")
    return Path(sdk.submodule_search_locations[0], *_THEIRS.split(".")[1:])
