"""What do the lines of sbatch, squeue and sacct say?"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# With a suffix and no size a field comes at full length. Name, comment and folder stand last: those
# of other people's jobs may hold the separator.
_SQUEUE_FIELDS = (
    "JobID",
    "State",
    "Reason",
    "StartTime",
    "EndTime",
    "RestartCnt",
    "exit_code",
    "NodeList",
    "Name",
    "Comment",
    "WorkDir",
)
SQUEUE = (
    "--noheader",
    "--me",
    "--states=all",
    "--Format",
    ",".join(f"{f}:|" for f in _SQUEUE_FIELDS),
)
_SACCT_FIELDS = ("JobIDRaw", "State", "ExitCode", "Start", "End", "NodeList", "JobName")
# Duplicates too: an id that has come again hides the older job of this id otherwise.
SACCT = (
    "--noheader",
    "--parsable2",
    "--allocations",
    "--duplicates",
    f"--format={','.join(_SACCT_FIELDS)}",
)

_SUBMITTED = re.compile(r"^(\d+)(?:;\S+)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A line of squeue: a job that the controller knows. Times are None where there is none yet.

    `wait_status` is as in `os.wait`; `start` of a waiting job is the scheduler's guess.
    """

    remote_id: str
    state: str
    reason: str
    start: datetime | None
    end: datetime | None
    restarts: int
    wait_status: int
    nodes: str
    name: str
    comment: str
    directory: str


@dataclass(frozen=True, slots=True)
class AccountedJob:
    """A line of sacct: a job, or an earlier attempt of one, that the accounting remembers."""

    remote_id: str
    state: str
    exit_code: int
    signal: int
    start: datetime | None
    end: datetime | None
    nodes: str
    name: str


def parse_job_id(text: str) -> str | None:
    """Read what `sbatch --parsable` printed: `1361` or `1361;cluster`, perhaps below a greeting."""
    found = _SUBMITTED.findall(text)
    return str(found[-1]) if found else None


def parse_squeue(text: str) -> tuple[QueuedJob, ...]:
    return tuple(_queued(fields) for fields in _split(text, len(_SQUEUE_FIELDS)))


def parse_sacct(text: str) -> tuple[AccountedJob, ...]:
    return tuple(_accounted(fields) for fields in _split(text, len(_SACCT_FIELDS)))


def expand_hosts(nodes: str) -> tuple[str, ...]:
    """Return the names in `node[08-10],gpu1`; empty for a job without nodes."""
    names: list[str] = []
    for part in re.findall(r"[^,\[]+(?:\[[^\]]*\][^,\[]*)?", nodes):
        stem, bracket, rest = part.partition("[")
        inside, _, end = rest.partition("]")
        names += [f"{stem}{number}{end}" for number in _numbers(inside)] if bracket else [part]
    return tuple(name for name in names if not name.startswith(("None", "(null)")))


def exit_of(wait_status: int) -> tuple[int, int]:
    """Return exit code and signal."""
    try:
        code = os.waitstatus_to_exitcode(wait_status)
    except ValueError:  # of a process that is only stopped
        return 0, 0
    return (code, 0) if code >= 0 else (0, -code)


def _split(text: str, fields: int) -> Iterator[Sequence[str]]:
    for line in text.splitlines():
        found = line.split("|", fields - 1)
        # A name with a line break in it: not one of ours.
        if len(found) == fields and found[0].isdigit():
            yield found


def _queued(fields: Sequence[str]) -> QueuedJob:
    remote_id, state, reason, start, end, restarts, wait_status, nodes, name, note, folder = fields
    return QueuedJob(
        remote_id=remote_id,
        state=_first_word(state),
        reason=reason,
        start=_time(start),
        end=_time(end),
        restarts=_number(restarts),
        wait_status=_number(wait_status),
        nodes=nodes,
        name=name,
        comment=note,
        directory=folder.removesuffix("|"),
    )


def _accounted(fields: Sequence[str]) -> AccountedJob:
    remote_id, state, ended, start, end, nodes, name = fields
    code, _, signal = ended.partition(":")
    return AccountedJob(
        remote_id=remote_id,
        state=_first_word(state),  # `CANCELLED by 1001`
        exit_code=_number(code),
        signal=_number(signal),
        start=_time(start),
        end=_time(end),
        nodes=nodes,
        name=name,
    )


def _first_word(text: str) -> str:
    return (text.split() or [""])[0].rstrip("+")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _time(text: str) -> datetime | None:
    """Read a time; the commands run with TZ=UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None  # N/A, None, Unknown


def _numbers(text: str) -> Iterator[str]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and last.isdigit():
            yield from (str(n).zfill(len(first)) for n in range(int(first), int(last) + 1))
        else:
            yield part
