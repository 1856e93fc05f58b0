"""Tell the engine from which lines a resource was declared, without opening a file for it."""

import asyncio
import inspect
import runpy
from functools import cache, lru_cache
from pathlib import Path
from types import FrameType

from pulumi.runtime import resource as sdk_resource

from cloudmesh_iac.wire.protos import source_pb2

_NAME = "_get_stack_trace"
_CONSTRUCTORS = 3  # of Resource, of the custom or component resource, of the program's own class
# Who runs a program, or goes on with it: the frames further out are ours and Python's own.
_BELOW_THE_PROGRAM = frozenset(
    {runpy.run_path.__code__.co_filename, asyncio.Handle.cancel.__code__.co_filename}
)


def tell_call_stacks_cheaply() -> None:
    """Let the SDK ask us for the stack of each registration; its own way took a third of its time.

    It reads the text of every line on the stack and throws it away, and makes each file's name
    anew. A version of the SDK that asks in another way keeps its own.
    """
    theirs = getattr(sdk_resource, _NAME, None)
    if theirs is not None and inspect.signature(theirs) == inspect.signature(call_stack):
        setattr(sdk_resource, _NAME, call_stack)


def call_stack() -> source_pb2.StackTrace:
    """Return the frames outside of a resource's constructors, the innermost first.

    Those that run a program, rather than belong to it, are left out. Empty where the call does not
    come from a constructor.
    """
    frame = _caller(inspect.currentframe())
    told: list[source_pb2.StackFrame] = []
    while frame is not None and frame.f_code.co_filename not in _BELOW_THE_PROGRAM:
        told.append(_told(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=told)


def _caller(frame: FrameType | None) -> FrameType | None:
    """Return who called the outermost of a resource's constructors."""
    seen = 0
    while frame is not None:
        seen += frame.f_code.co_name == "__init__"
        if seen == _CONSTRUCTORS:
            return frame.f_back
        frame = frame.f_back
    return None


@lru_cache(maxsize=4096)
def _told(file: str, line: int) -> source_pb2.StackFrame:
    uri = _uri(file)
    return source_pb2.StackFrame(pc=source_pb2.SourcePosition(uri=uri, line=line) if uri else None)


@cache
def _uri(file: str) -> str:
    """Return nothing for what is no file: `<string>`."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else ""
