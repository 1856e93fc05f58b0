"""When would Slurm start a request, and how many more jobs does it let in?

Both are guesses of one moment, for a plan to show. `sbatch --test-only` is asked once for each
distinct request, for few of them, and its answers are kept: a site that is not asked, or does not
answer, is quoted with what it said last.
"""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import Expectation, Start
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.room import Room, room_for
from cloudmesh_iac.settings.computer import SystemClock
from cloudmesh_iac.settings.whole_files import write_whole

_MOST_QUESTIONS = 20  # for one plan
_KEPT_FOR = timedelta(minutes=10)
_KEPT_ANSWERS = 500
_QUEUE_AGE_S = 15
_HEADER = "#SBATCH "


@dataclass(slots=True)
class Expectations:
    """What one site has said, kept in a file; where that cannot be, every plan asks anew."""

    slurm: Slurm
    clock: SystemClock
    file: Path
    _is_silent: bool = field(default=False, init=False)

    def of(self, headers: Sequence[tuple[str, ...]]) -> list[Expectation | None]:
        """Return when jobs with these lines for the scheduler would start, in the same order.

        None where the site has never said it, or would refuse such a job.
        """
        kept = self._read()
        known = {_key(header): header for header in headers}
        due = [key for key in known if not self._is_fresh(kept.get(key))]
        for key in due[:_MOST_QUESTIONS]:
            told = self._ask(known[key])
            if self._is_silent:
                break
            kept.pop(key, None)
            if told is not None:
                kept[key] = told
        if due and not self._is_silent:
            self._write(kept)
        return [kept.get(_key(header)) for header in headers]

    def room(self, starts: Sequence[Start], *, account: str | None) -> Room | None:
        """Return how many more jobs are let in now; None where nobody knows.

        `account` is that of starts that name none.
        """
        if self._is_silent:
            return None
        try:
            return room_for(starts, self.slurm, account=account, younger_than_s=_QUEUE_AGE_S)
        except CmxError:
            return None

    def _ask(self, header: tuple[str, ...]) -> Expectation | None:
        options = [
            option
            for line in header
            if line.startswith(_HEADER)
            for option in shlex.split(line.removeprefix(_HEADER))
        ]
        try:
            start = self.slurm.expected_start(options)
        except SiteRefused:
            return None  # the submission will say why
        except CmxError:
            self._is_silent = True
            return None
        return None if start is None else Expectation(start, self.clock.now())

    def _is_fresh(self, told: Expectation | None) -> bool:
        return told is not None and self.clock.now() - told.asked_at < _KEPT_FOR

    def _read(self) -> dict[str, Expectation]:
        try:
            said: Mapping[str, Sequence[str]] = json.loads(self.file.read_text())
            return {
                key: Expectation(datetime.fromisoformat(at), datetime.fromisoformat(asked_at))
                for key, (at, asked_at) in said.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, kept: Mapping[str, Expectation]) -> None:
        newest = sorted(kept.items(), key=lambda one: one[1].asked_at)[-_KEPT_ANSWERS:]
        text = json.dumps({key: [t.at.isoformat(), t.asked_at.isoformat()] for key, t in newest})
        with suppress(OSError):  # then the next plan asks again
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.file, text)


def _key(header: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(header).encode()).hexdigest()[:16]
