"""What do the lines of sbatch, squeue and sacct say?"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudmesh_iac.providers.slurm.tasks import parse_tasks

# With a suffix and no size a field comes at full length. Name, comment and folder stand last: those
# of other people's jobs may hold the separator.
_SQUEUE_FIELDS = (
    "ArrayJobID",  # of a job that is no array: its own id
    "ArrayTaskID",
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
    "--array",  # else the waiting tasks of an array share one line with all their reasons mixed
    "--states=all",
    "--Format",
    ",".join(f"{f}:|" for f in _SQUEUE_FIELDS),
)
_SACCT_FIELDS = ("JobID", "State", "ExitCode", "Start", "End", "NodeList", "JobName")
# Duplicates too: an id that has come again hides the older job of this id otherwise. The cluster
# of a federation that ran a job has the record of its end; without one the option changes nothing.
SACCT = (
    "--federation",
    "--noheader",
    "--parsable2",
    "--allocations",
    "--duplicates",
    f"--format={','.join(_SACCT_FIELDS)}",
)

_ACCOUNTED_ID = re.compile(r"(\d+)(?:_(\d+|\[[^\]]*\]))?(?:\+\d+)?")
_LARGEST_ARRAY = re.compile(r"^MaxArraySize\s*=\s*(\d+)", re.MULTILINE)
_USUAL_ARRAY = 1001
_TO_START = re.compile(r"^sbatch: Job \d+ to start at (\S+)", re.MULTILINE)
_SUBMITTED = re.compile(r"^(\d+)(?:;\S+)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A line of squeue: a job that the controller knows. Times are None where there is none yet.

    `tasks` are the places in an array that the line speaks of; None for a job that is no array.
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
    tasks: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class AccountedJob:
    """A line of sacct: a job, or an earlier attempt of one, that the accounting remembers.

    `reason` is only the controller's: what sacct has there is left over from the queue. Of a job
    that was cancelled before it had a node, `by_slurm` says that no person did that.
    """

    remote_id: str
    state: str
    exit_code: int
    signal: int
    start: datetime | None
    end: datetime | None
    nodes: str
    name: str
    tasks: frozenset[int] | None = None
    reason: str = ""
    by_slurm: bool = False


def parse_job_id(text: str) -> str | None:
    """Read what `sbatch --parsable` printed: `1361` or `1361;cluster`, perhaps below a greeting."""
    found = _SUBMITTED.findall(text)
    return str(found[-1]) if found else None


def parse_largest_array(config: str) -> int:
    """Read how many tasks an array may have; 1 where arrays are switched off.

    The highest place is one less than MaxArraySize, and the first is 0.
    """
    found = _LARGEST_ARRAY.search(config)
    return max(1, int(found[1])) if found else _USUAL_ARRAY


def parse_expected_start(said: str) -> datetime | None:
    """Read `sbatch: Job 26 to start at 2026-11-21T19:49:09 using 2 processors on ...`."""
    found = _TO_START.search(said)
    return _time(found[1]) if found else None


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
        if len(found) == fields and _ACCOUNTED_ID.fullmatch(found[0]):
            yield found


def _queued(fields: Sequence[str]) -> QueuedJob:
    remote_id, task, state, reason, start, end, *rest = fields
    restarts, wait_status, nodes, name, note, folder = rest
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
        tasks=parse_tasks(task),
    )


def _accounted(fields: Sequence[str]) -> AccountedJob:
    id_, state, ended, start, end, nodes, name = fields
    found = _ACCOUNTED_ID.fullmatch(id_)
    remote_id, task = (found[1], found[2]) if found else (id_, None)
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
        tasks=None if task is None else parse_tasks(task),
        by_slurm=state.strip() == "CANCELLED" and not expand_hosts(nodes),
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
