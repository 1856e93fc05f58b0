"""What does a job's directory say about its attempt on this computer?

`running.json` stands there from just before the start, `ended.json` from the end on. Both carry the
attempt's remote id, so that what an earlier attempt left is never taken for this one's.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import Done, JobState
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.outcome import Outcome, read_outcome

RUNNING = "running.json"
ENDED = "ended.json"


@dataclass(frozen=True, slots=True)
class Running:
    """The job's first process, which leads its session. `pid` is 0 while it is being started.

    `ticks` is the process's start in the kernel's ticks; `began` in seconds since 1970.
    """

    remote_id: str
    host: str
    boot_id: str
    pid: int
    ticks: str
    began: float

    @property
    def began_at(self) -> datetime:
        return datetime.fromtimestamp(self.began, UTC)


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended. Times in seconds since 1970, None where it never began."""

    remote_id: str
    host: str
    state: JobState
    ended: float
    began: float | None = None
    exit_code: int | None = None
    signal: int = 0
    reason: str = ""

    def to_done(self) -> Done:
        return Done(
            state=self.state,
            exit_code=self.exit_code,
            signal=self.signal,
            started_at=None if self.began is None else datetime.fromtimestamp(self.began, UTC),
            ended_at=datetime.fromtimestamp(self.ended, UTC),
            hosts=() if self.began is None else (self.host,),
            reason=self.reason,
        )


def write_state(directory: Path, state: Running | Ended) -> None:
    name = RUNNING if isinstance(state, Running) else ENDED
    write_json(directory / name, asdict(state))


def read_running(directory: Path, remote_id: str) -> Running | None:
    fields = read_json(directory / RUNNING)
    return Running(**fields) if fields and fields.get("remote_id") == remote_id else None


def read_ended(directory: Path, remote_id: str) -> Ended | None:
    fields = read_json(directory / ENDED)
    if not fields or fields.get("remote_id") != remote_id:
        return None
    return Ended(**{**fields, "state": JobState(fields["state"])})


def read_own_outcome(directory: Path, remote_id: str) -> Outcome | None:
    """Return what this attempt's wrapper wrote; a file that the job wrote itself says nothing."""
    try:
        outcome = read_outcome(directory)
    except SiteRefused:
        return None
    return outcome if outcome is not None and outcome.remote_id == remote_id else None


def write_json(path: Path, fields: object) -> None:
    """Write a file whole or not at all."""
    written = path.with_name(f".{path.name}.tmp")
    written.write_text(json.dumps(fields))
    written.replace(path)


def read_json(path: Path) -> Mapping[str, Any] | None:
    """Return None for a file that is not there, and for one that a power cut has emptied."""
    try:
        fields = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise SiteUnreachable(f"{path} cannot be read: {error.strerror}") from error
    return fields if isinstance(fields, dict) else None
