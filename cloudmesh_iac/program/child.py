"""Run one program once, in an interpreter of its own, against the parent's monitor.

Started by `wire.children`; the number of the socket is the only argument.
"""

import asyncio
import gc
import os
import runpy
import socket
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from pulumi.runtime import config as sdk_config
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.stack import run_in_stack

from cloudmesh_iac.program.call_stacks import tell_call_stacks_cheaply
from cloudmesh_iac.program.calls_first import let_calls_begin_first
from cloudmesh_iac.program.class_types import remember_types_of_classes
from cloudmesh_iac.program.failure import describe
from cloudmesh_iac.program.local_callbacks import LocalCallbacks
from cloudmesh_iac.program.loop import a_loop, close
from cloudmesh_iac.program.messages import Begin, Ended
from cloudmesh_iac.program.monitor import RemoteLog, RemoteMonitor
from cloudmesh_iac.settings.variables import PROJECT_DIR_VARIABLE
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind


class AskedConfig(dict[str, str]):
    """The configuration, which remembers every key that was asked for, there or not."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


def main() -> None:
    gc.disable()  # the SDK keeps everything alive anyway; with it on, the cost is not linear
    link = FrameSocket(socket.socket(fileno=int(sys.argv[1])))
    frames = link.receive()
    first = next(frames, None)
    if first is None:
        return
    begin = Begin.from_json(first.body)
    monitor = RemoteMonitor(link)
    loop = a_loop(lambda: _tell_quiet(link, monitor))
    callbacks = LocalCallbacks(monitor, link=link, loop=loop)
    reader = threading.Thread(target=_read, args=(frames, monitor, callbacks), daemon=True)
    reader.start()
    ended = _evaluate(begin, link, monitor=monitor, callbacks=callbacks)
    sys.stdout.flush()
    sys.stderr.flush()
    link.send(Frame(Kind.ENDED, body=ended.to_json()))
    link.close()
    os._exit(0)  # threads of the program must not keep the interpreter


def _read(frames: Iterator[Frame], monitor: RemoteMonitor, callbacks: LocalCallbacks) -> None:
    for frame in frames:
        if frame.kind is Kind.CALLBACK:
            callbacks.take(frame, monitor.count)
        else:
            monitor.take(frame)
    os._exit(0)  # the parent is gone: nobody is left to answer


def _tell_quiet(link: FrameSocket, monitor: RemoteMonitor) -> None:
    if monitor.open_calls():
        link.send(Frame(Kind.QUIET, monitor.frames_seen))


def _evaluate(
    begin: Begin, link: FrameSocket, *, monitor: RemoteMonitor, callbacks: LocalCallbacks
) -> Ended:
    config = AskedConfig(begin.config.items())
    sdk_config.set_all_config({}, list(begin.secret_keys))
    sdk_config.CONFIG.set(config)
    sdk_settings.configure(
        sdk_settings.Settings(
            project=begin.project,
            stack=begin.stack,
            organization=begin.organization,
            root_directory=begin.root_directory,
            monitor=monitor,
            engine=RemoteLog(link),
            dry_run=begin.is_preview,
        )
    )
    sdk_settings.SETTINGS.callbacks = callbacks
    sdk_settings.ROOT.set(None)
    folder = Path(begin.working_directory)
    os.environ[PROJECT_DIR_VARIABLE] = begin.root_directory
    os.chdir(folder)
    sys.path[0] = str(folder)
    sys.argv = [begin.program]
    loop = callbacks.loop
    monitor.attach(loop)
    monitor.on_declared = lambda: link.send(Frame(Kind.DECLARED, body=_told(begin, config)))
    asyncio.set_event_loop(loop)
    failed = None
    try:
        loop.run_until_complete(run_in_stack(lambda: _run(begin.program, callbacks)))
    except BaseException as error:  # noqa: BLE001 - whatever the program throws is its answer
        warnings.simplefilter("ignore")  # what the SDK leaves unfinished then is no news
        failed = describe(error, folder=folder, root=Path(begin.root_directory))
    close(loop)
    return Ended(failed=failed, asked=sorted(config.asked), files=_own_files(begin))


def _told(begin: Begin, config: AskedConfig) -> bytes:
    ended = Ended(asked=sorted(config.asked), files=_own_files(begin))
    return ended.to_json()


def _own_files(begin: Begin) -> list[str]:
    """Return the program's file and the modules of its project that it imported."""
    root, program = Path(begin.root_directory), Path(begin.program)
    foreign = (Path(sys.prefix), Path(__file__).parents[1])
    files = {program / "__main__.py" if program.is_dir() else program}
    for module in list(sys.modules.values()):
        path = Path(getattr(module, "__file__", None) or "/")
        if path.is_relative_to(root) and not any(path.is_relative_to(one) for one in foreign):
            files.add(path)
    return sorted(str(file) for file in files)


def _run(program: str, callbacks: LocalCallbacks) -> None:
    callbacks.remember_context()
    let_calls_begin_first()
    tell_call_stacks_cheaply()
    remember_types_of_classes()
    runpy.run_path(program, run_name="__main__")
