"""Work that a site does while we wait: requests, tickets, and how it ended."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from cloudmesh_iac.errors import CmxError

SiteName = NewType("SiteName", str)


class JobState(StrEnum):
    """Where a job stands. The words are Slurm's where Slurm has one."""

    QUEUED = "QUEUED"
    HELD = "HELD"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    NODE_FAIL = "NODE_FAIL"
    PREEMPTED = "PREEMPTED"
    LOST = "LOST"  # no trace of how it ended; never called completed
    UNKNOWN = "UNKNOWN"  # the site said a word that we do not know

    @property
    def has_ended(self) -> bool:
        return self not in {JobState.QUEUED, JobState.HELD, JobState.RUNNING, JobState.UNKNOWN}

    @property
    def is_good(self) -> bool:
        return self is JobState.COMPLETED


@dataclass(frozen=True, slots=True)
class After:
    """A job of the same site that has to end first: well, or with `any_end` however it ends."""

    ticket: "Ticket"
    any_end: bool = False


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One submission to a scheduler, with everything that decides how it runs.

    Units: `walltime_s` in seconds, `memory_mb` in MiB (2**20 bytes) for each node.
    `project`, `stack` and `point` name the job's directory; `point` looks like `pi/n=100,seed=1`.
    `identity` is the digest of what makes it this run and no other; `identity_base` the same
    without the number of the run. `input_files` maps a name in the job's directory to a path on
    this computer. `environment` is all that the job gets beside the login environment.
    `native` are options in the scheduler's own words (`{"gres": "gpu:1"}`), `directives` are whole
    lines of the script. `cluster` is one of several that a site's commands speak to, by name; None
    is the site's own. `secrets` become files that only the job can read. `signal` looks like
    `B:USR1@120` (seconds before the end), `notify` like `END,FAIL:me@example.org`, `licenses` like
    `matlab:2,ansys`. `max_running` is how many jobs of one array may run at a time. `retries` is
    how often it is tried again after the first attempt, `retry_on` after which ends (see
    core.retries). `after` are jobs that the scheduler waits for before it starts this one. `commit`
    is the program's, for the record.
    """

    project: str
    stack: str
    point: str
    command: str
    identity: str
    identity_base: str
    run: int = 0
    nodes: int = 1
    ntasks_per_node: int = 1
    cpus_per_task: int = 1
    gpus_per_node: int = 0
    memory_mb: int | None = None
    walltime_s: int | None = None
    cluster: str | None = None
    queue: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    reservation: str | None = None
    licenses: str | None = None
    exclusive: bool = False
    signal: str | None = None
    notify: str | None = None
    modules: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    native: Mapping[str, str] = field(default_factory=dict)
    directives: tuple[str, ...] = ()
    input_files: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    max_running: int | None = None
    retries: int = 0
    retry_on: tuple[str, ...] = ()
    after: tuple[After, ...] = ()
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """One thing to start: the token makes a repeated start recognisable."""

    token: str
    request: JobRequest


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a site gave us to ask with later. Frozen and journalled.

    `remote_id` is the site's own id (a Slurm job id, `host:number` on this computer). A task of an
    array has the array's id there, its place in the array in `index` and the array's own token in
    `array`. `directory` is the job's directory on the site. `cluster` is what the scheduler calls
    itself, where ids mean something only there; empty where not known. `by_name` says that the
    program named that cluster: the site is asked for it by its name.
    """

    site: SiteName
    token: str
    remote_id: str
    index: int | None = None
    directory: str = ""
    array: str = ""
    cluster: str = ""
    by_name: bool = False

    @property
    def shown_id(self) -> str:
        """Return the id as the site writes it: `100`, or `100_3` for a task of an array."""
        return shown_id(self.remote_id, self.index)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not done yet. `reason` is in plain words; `expected_start` is the scheduler's own guess.

    `progress` is per cent, by what the job itself says. `is_due` says that an attempt has ended and
    the next one has to be started, by a run.
    """

    state: JobState
    reason: str = ""
    expected_start: datetime | None = None
    started_at: datetime | None = None
    progress: int | None = None
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """It ended, well or not.

    `exit_code` is None where none is known (cancelled, lost); `signal` is 0 for none.
    Times are aware; None where the site does not know them.
    """

    state: JobState
    exit_code: int | None = None
    signal: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    hosts: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing was started, or the question could not be answered.

    `message` is the site's own sentence where there is one. `is_certain` says that nothing changed
    on the site; without it, somebody must look before trying again. `is_later` says that the site
    has no room now: the same may be asked again when something of ours has ended there.
    """

    message: str
    hint: str = ""
    is_certain: bool = True
    is_later: bool = False

    @classmethod
    def of(cls, error: CmxError, *, is_certain: bool = True) -> Self:
        return cls(error.message, error.hint or "", is_certain)


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a site would start something new, and when it said so. Both are aware."""

    at: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a site says of jobs that are not submitted yet: a guess that binds nobody.

    `starts` has one for each, in their order, None where nothing is known. `room` is how many more
    jobs it lets in now; None for no limit, and where nobody knows one. `limit` is what the site
    calls the limit.
    """

    starts: tuple[Expectation | None, ...]
    room: int | None = None
    limit: str = ""


@dataclass(frozen=True, slots=True)
class JobScript:
    """What a scheduler is given: the script, the command inside it, how it is submitted."""

    script: str
    command: str
    submission: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """What became of new limits; `remote_id` is the job's id from now on."""

    remote_id: str
    note: str


@dataclass(frozen=True, slots=True)
class LiveJob:
    """A job of ours that a site still has in its queue or on its nodes.

    `cluster` is the one on which it is, where the program named that.
    """

    token: str
    remote_id: str
    name: str
    state: JobState
    index: int | None = None
    array: str = ""
    cluster: str = ""

    @property
    def shown_id(self) -> str:
        """Return the id as the site writes it: `100`, or `100_3` for a task of an array."""
        return shown_id(self.remote_id, self.index)


def shown_id(remote_id: str, index: int | None) -> str:
    return remote_id if index is None else f"{remote_id}_{index}"


def index_in(ticket: Mapping[str, object]) -> int | None:
    """Return the place in an array that a recorded ticket names; numbers there may be doubles."""
    index = ticket.get("index")
    return int(index) if isinstance(index, int | float) else None


_TOKEN = re.compile(r"[A-Za-z0-9._-]+")


def is_token(text: str) -> bool:
    """Say whether a text may stand in a job's name: schedulers print names without quoting."""
    return _TOKEN.fullmatch(text) is not None
