"""How did a job's command end, by the file that its wrapper leaves behind?

One line, `remote_id restarts exit_code started ended`, times in seconds since 1970. The wrapper
writes it after the command has returned, never in a trap: a trap also runs when the scheduler ends
the job, and would call a cancelled job good. So no file means that the command did not end.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudmesh_iac.core.jobs import Done, JobState
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.layout import EXIT

_FIELDS = 5
_SIGNAL_BASE = 128  # a shell's exit code for a command that a signal ended is 128 + its number
_LAST_SIGNAL = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    remote_id: str
    restarts: int
    exit_code: int
    started_at: datetime
    ended_at: datetime

    @property
    def signal(self) -> int:
        """Return the signal that ended the command, 0 for none."""
        return signal_of(self.exit_code)

    @property
    def state(self) -> JobState:
        return JobState.FAILED if self.exit_code else JobState.COMPLETED

    def to_done(self, hosts: tuple[str, ...] = (), reason: str = "") -> Done:
        return Done(
            state=self.state,
            exit_code=self.exit_code,
            signal=self.signal,
            started_at=self.started_at,
            ended_at=self.ended_at,
            hosts=hosts,
            reason=reason,
        )


def signal_of(exit_code: int) -> int:
    number = exit_code - _SIGNAL_BASE
    return number if 0 < number <= _LAST_SIGNAL else 0


def parse_outcome(text: str) -> Outcome:
    """Read an exit file. Errors: SiteRefused when it is not one."""
    fields = text.split()
    try:
        if len(fields) != _FIELDS:
            raise ValueError(text)
        remote_id, restarts, exit_code, started, ended = fields
        return Outcome(
            remote_id=remote_id,
            restarts=int(restarts),
            exit_code=int(exit_code),
            started_at=datetime.fromtimestamp(float(started), UTC),
            ended_at=datetime.fromtimestamp(float(ended), UTC),
        )
    except (ValueError, OverflowError) as error:
        raise SiteRefused(
            f"the exit file of a job holds {text[:80]!r}, not five fields",
            hint="the job may have written a file of this name itself: look into its directory",
        ) from error


def read_outcome(directory: Path) -> Outcome | None:
    """Read a directory's exit file; None when the command has not ended by itself."""
    try:
        text = (directory / EXIT).read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # a stale handle, a server that restarts: nothing is known now
        raise SiteUnreachable(f"an exit file cannot be read: {error}") from error
    return parse_outcome(text)
