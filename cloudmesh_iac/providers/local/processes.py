"""How are a job's processes started and stopped?"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# What the Python interpreter, or whoever started it, may have set to be ignored.
_ORDINARY = (
    signal.SIGCHLD,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGPIPE,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGXFSZ,
)


def spawn(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    stdout: Path,
    stderr: Path,
    keep: Sequence[int] = (),
    blocked: Sequence[signal.Signals] = (),
) -> int:
    """Start a program in a session of its own; return its pid, which is also the session's id.

    It inherits the open files in `keep`, begins with the `blocked` signals held back, and reads
    nothing. Errors: OSError when there is no such program.
    """
    for file in keep:
        os.set_inheritable(file, True)  # noqa: FBT003  (the standard library's own signature)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawnp(
        argv[0],
        list(argv),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(stdout), append, 0o644),
            (os.POSIX_SPAWN_OPEN, 2, str(stderr), append, 0o644),
        ],
        setsid=True,
        setsigmask=list(blocked),
        setsigdef=list(_ORDINARY),
    )


def find_leader(argument: str) -> int:
    """Return the pid of the session's leader whose last argument is this, 0 for none."""
    wanted = os.fsencode(argument)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):
            pid = int(folder.name)
            arguments = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if arguments[-1] == wanted and os.getsid(pid) == pid:
                return pid
    return 0


def signal_session(session: int, number: int) -> bool:
    """Send a signal to all processes of a session; say whether there was any. 0 only asks.

    First to the group of its leader, which also reaches a child that is just being made; then to
    those outside, since `timeout` and many launchers make a group of their own.
    """
    assert session > 1  # 0 would be our own group, 1 everybody
    with suppress(ProcessLookupError):
        os.killpg(session, number)
    was_any = False
    for pid, group in _members(session):
        was_any = True
        if group != session:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    return was_any


def _members(session: int) -> Iterator[tuple[int, int]]:
    """Yield pid and process group of each living process of a session."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            stat = (folder / "stat").read_text(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        # After the command's closing bracket: state, parent, group, session. Z is a zombie.
        state, _, group, found, *_ = stat.rpartition(")")[2].split()
        if int(found) == session and state != "Z":
            yield int(folder.name), int(group)
