"""Run the functions that a program hands to the engine (transforms, hooks), without a server.

The SDK would open a port on this computer, on which everybody could call them. Ours are called
through the socket that the child has anyway.
"""

import asyncio
import contextvars
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from pulumi.runtime import _callbacks
from pulumi.runtime._callbacks import _CallbackServicer

from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind

_SDK_FILE = _callbacks.__file__


class LocalCallbacks(_CallbackServicer):
    """Takes the place of the SDK's callback server; what it registers stays as it is."""

    def __init__(self, monitor: Any, *, link: FrameSocket, loop: asyncio.AbstractEventLoop) -> None:
        # the parent's constructor would make the server: only what the functions need is set
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = ""
        self.loop = loop
        self._link = link
        self._context = contextvars.copy_context()
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """There is nothing to be opened."""

    def remember_context(self) -> None:
        """Call functions with what the program sees here: its stack, its settings."""
        self._context = contextvars.copy_context()

    def take(self, frame: Frame, on_start: Callable[[], None]) -> None:
        """Start a function on the program's loop; from any thread. The parent gets its answer."""
        start = partial(self._start, frame, on_start)
        try:
            self.loop.call_soon_threadsafe(start, context=self._context.copy())
        except RuntimeError:  # the loop has closed: the end of the program is the answer
            return

    def _start(self, frame: Frame, on_start: Callable[[], None]) -> None:
        on_start()
        task = self.loop.create_task(self._call(frame))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _call(self, frame: Frame) -> None:
        token, _, request = frame.body.partition(b"\n")
        try:
            answer = await self._callbacks[token.decode()](request)
            reply = Frame(Kind.CALLED, frame.number, body=answer.SerializeToString())
        except Exception as error:  # noqa: BLE001 - whatever the program throws is its answer
            reply = Frame(Kind.CALL_FAILED, frame.number, body=_words(error).encode())
        self._link.send(reply)


def _words(error: Exception) -> str:
    """Return what went wrong, and where in the program; the frames above it are not its own."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in (__file__, _SDK_FILE)
    ]
    return "".join(
        [f"{str(error) or type(error).__name__}\n", *traceback.format_list(frames)]
    ).rstrip()
