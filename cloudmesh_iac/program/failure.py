"""Say what went wrong in a program, in words that begin at the program's own first line."""

import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from pulumi.errors import RunError

from cloudmesh_iac.errors import CmxError, ExitCode
from cloudmesh_iac.program.messages import Failed
from cloudmesh_iac.program.monitor import CallRefused


def describe(error: BaseException, *, folder: Path, root: Path) -> Failed:
    """Return what the parent prints.

    `folder` is where the program's own files are; places are shown relative to `root`.
    """
    frames = _own_frames(error.__traceback__, folder)
    place = _place(frames, folder, root)
    if isinstance(error, CmxError):
        return Failed(
            message=error.message,
            hint=error.hint,
            place=error.place or place,
            exit_code=int(error.exit_code),
        )
    if isinstance(error, CallRefused | RunError):
        return Failed(message=str(error), place=place)
    if isinstance(error, SyntaxError):
        return Failed(
            message=f"the program cannot be read: {error.msg}",
            traceback="".join(traceback.format_exception_only(error)),
            place=f"{_shown(error.filename or '', root)}:{error.lineno}",
        )
    if isinstance(error, SystemExit):
        return Failed(message=f"the program ended itself with exit code {error.code}", place=place)
    return Failed(
        message=f"{type(error).__name__}: {error}",
        traceback=_text(error, frames),
        place=place,
        exit_code=int(ExitCode.FAILED),
    )


def _own_frames(start: TracebackType | None, folder: Path) -> Sequence[traceback.FrameSummary]:
    """Return the frames from the program's first one on; what stands above it is ours."""
    frames = traceback.extract_tb(start)
    for index, frame in enumerate(frames):
        if Path(frame.filename).is_relative_to(folder):
            return [one for one in frames[index:] if not _is_hidden(one.filename)]
    return []


def _place(frames: Sequence[traceback.FrameSummary], folder: Path, root: Path) -> str | None:
    """Return the last line that is the program's own, not that of a library it called."""
    for frame in reversed(frames):
        if Path(frame.filename).is_relative_to(folder):
            return f"{_shown(frame.filename, root)}:{frame.lineno}"
    return None


def _shown(filename: str, root: Path) -> str:
    path = Path(filename)
    return str(path.relative_to(root)) if path.is_relative_to(root) else filename


def _is_hidden(filename: str) -> bool:
    return "/pulumi/" in filename or "/asyncio/" in filename


def _text(error: BaseException, frames: Sequence[traceback.FrameSummary]) -> str:
    """Return the program's own traceback; nothing when no line of the program is in it."""
    if not frames:
        return ""
    shown = traceback.format_list(list(frames))
    ending = traceback.format_exception_only(error)
    return "".join(["Traceback (most recent call last):\n", *shown, *ending])
