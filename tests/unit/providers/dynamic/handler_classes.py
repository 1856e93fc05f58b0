"""Provider classes as users write them, in the two ways in which Pulumi stores a class."""

import importlib.util
import sys
from pathlib import Path
from typing import cast

from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

SOURCE = """
import os
import sys
import threading

import pulumi
from pulumi.dynamic import (
    CheckFailure, CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult,
)

class Lab(ResourceProvider):
    def configure(self, req):
        self.region = req.config.get("lab:region")

    def check(self, olds, news):
        if news.get("name") == "bad":
            return CheckResult(news, [CheckFailure("name", "it is bad")])
        return CheckResult({**news, "size": 4}, [])

    def diff(self, id, olds, news):
        return DiffResult(changes=olds != news, replaces=["name"], stables=["name"])

    def create(self, props):
        do = props.get("do", "")
        if do == "raise":
            raise ValueError("no room")
        if do == "exit":
            sys.exit("enough")
        if do == "die":
            print("last words", flush=True)
            os._exit(3)
        if do == "nan":
            return CreateResult("1", {"x": float("nan")})
        if do == "no id":
            return CreateResult(None, {})
        if do == "print":
            print("hello from the handler", flush=True)
        return CreateResult("lab-1", {**props, "pid": os.getpid(), "region": self.region})

    def update(self, id, olds, news):
        return UpdateResult({**olds, **news})

    def delete(self, id, props):
        if props.get("do") == "raise":
            raise KeyError("stuck")

class Unchecked(ResourceProvider):
    def create(self, props):
        return CreateResult("lab-2", props)

class Broken(Lab):
    def configure(self, req):
        raise RuntimeError("no credentials")

class Leaving(Lab):
    def configure(self, req):
        sys.exit(1)
"""
WITH_ENUMS = """
import enum

class Size(enum.IntEnum):
    BIG = 4

class Color(str, enum.Enum):
    RED = "red"

class Painted(Lab):
    def create(self, props):
        return CreateResult(Color.RED, {"size": Size.BIG, "color": Color.RED})

class Unreadable(Lab):
    def diff(self, id, olds, news):
        result = DiffResult(changes=True)
        result.keys = [Color.RED]
        return result
"""


def by_value(name: str = "Lab") -> str:
    """Return the pickle of a class that stands in the program itself."""
    space: dict[str, object] = {"__name__": "__main__"}
    exec(SOURCE, space)  # so a class comes to belong to `__main__`
    return _pickled(cast("type[ResourceProvider]", space[name]))


def by_reference(folder: Path, name: str = "Lab", *, module: str = "lab_handlers") -> str:
    """Write a module beside the program and return the pickle of its class: a path, no more."""
    file = folder / f"{module}.py"
    file.write_text(SOURCE + WITH_ENUMS)
    spec = importlib.util.spec_from_file_location(module, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module] = loaded
    try:
        spec.loader.exec_module(loaded)
        return _pickled(getattr(loaded, name))
    finally:
        del sys.modules[module]


def _pickled(of: type[ResourceProvider]) -> str:
    return str(serialize_provider(of()))
