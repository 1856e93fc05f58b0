"""This computer as a site: which abilities does it have?"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobRequest,
    JobScript,
    JobState,
    LiveJob,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch import files
from cloudmesh_iac.providers.batch.layout import STDOUT, job_directory, safe_component
from cloudmesh_iac.providers.batch.manifest import find_finished, mark_cancelled
from cloudmesh_iac.providers.local.dispatch import Dispatcher, Here
from cloudmesh_iac.providers.local.queue import Queue, Standing
from cloudmesh_iac.providers.local.settings import read_settings
from cloudmesh_iac.providers.local.standing import TO_STATE, number_of, stands, to_standings
from cloudmesh_iac.providers.local.submit import Submitter, local_script
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

_FIRST_POLL_S = 0.1
_BEING_CANCELLED = Failure(
    "the job that was cancelled in its directory has not ended yet", hint="try again in a moment"
)


class LocalProvider:
    """Jobs are processes of this computer; they go on when `cmx` has ended."""

    kind: ClassVar[str] = "local"
    resources: ClassVar[str] = "cloudmesh_iac.providers.batch.resources"

    def __init__(self, site: Site, computer: Computer) -> None:
        self._site = site
        self._computer = computer
        self._settings = read_settings(site, computer)
        self._queue = Queue(
            self._settings.workdir / ".queue" / safe_component(computer.host), self._settings.slots
        )
        self._dispatcher = Dispatcher(
            self._queue, Here(computer.host, computer.boot_id, computer.clock)
        )

    def problem(self) -> str | None:
        if self._settings.off:
            return f"site {self._site.name} is off ({self._site.origin}): use another site"
        workdir = self._settings.workdir
        there = next(path for path in (workdir, *workdir.parents) if os.access(path, os.F_OK))
        if not os.access(there, os.W_OK | os.X_OK):
            return f"site {self._site.name} cannot write to {workdir}: set its workdir"
        return None

    def script(self, start: Start) -> JobScript:
        directory = job_directory(self._settings.workdir, start.request)
        script = local_script(start.request, directory, f"{self._computer.host}:NUMBER")
        return JobScript(script, start.request.command)

    def has_result(self, request: JobRequest) -> bool:
        return find_finished(self._settings.workdir, request) is not None

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        problem = self.problem()
        if problem is not None:
            return [Failure(problem)] * len(starts)
        try:
            with self._queue.lock():
                submitter = Submitter(
                    site=self._site.name,
                    settings=self._settings,
                    computer=self._computer,
                    queue=self._queue,
                    standing=self._standing(),
                )
                numbers = self._queue.reserve_numbers(len(starts))
                return [
                    submitter.submit(start, number)
                    for start, number in zip(starts, numbers, strict=True)
                ]
        except OSError as error:
            return [Failure(f"the queue cannot be written: {error}", is_certain=False)] * len(
                starts
            )

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        with self._changing_queue():
            for number in self._numbers(tickets):
                self._queue.move(number, came_from=Standing.HELD, to=Standing.READY)
            self._dispatcher.hand_out()

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        try:
            with self._changing_queue():
                self._dispatcher.hand_out()
                standings = to_standings(self._computer.host, self._queue.standings())
        except SiteRefused as error:
            return dict.fromkeys(tickets, Failure(error.message))
        return {ticket: stands(ticket, standings) for ticket in tickets}

    def poll_after_s(self, polls: int) -> float:
        """Return a short time at first: many jobs of this computer end at once."""
        return min(self._settings.poll_s, _FIRST_POLL_S * (polls + 1))

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        """Errors: SiteRefused when one of them runs on another computer; the rest is cancelled."""
        with self._changing_queue():
            standings = self._queue.standings()
            for number in self._numbers(tickets):
                self._cancel(number, standings.get(number))
            self._dispatcher.hand_out()
        there = [each for each in tickets if number_of(each, self._computer.host) is None]
        if there:
            raise SiteRefused(
                f"{there[0].remote_id} is a job of another computer",
                subject=self._site.name,
                hint="cancel it there",
            )

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        with self._changing_queue():
            return [
                LiveJob(entry.token, entry.remote_id, entry.point, TO_STATE[standing])
                for standing in Standing
                for entry in self._queue.entries(standing)
                if (entry.project, entry.stack) == (project, stack)
            ]

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        return files.fetch(Path(ticket.directory), names, to)

    def log_path(self, ticket: Ticket) -> Path:
        return Path(ticket.directory) / STDOUT

    def _cancel(self, number: int, standing: Standing | None) -> None:
        entry = None if standing is None else self._queue.entry(number, standing)
        if standing is None or entry is None:
            return
        mark_cancelled(Path(entry.directory))
        if standing is Standing.TAKEN:
            # The runner stops it. One that is dead is replaced when the cores are handed out.
            self._queue.put(replace(entry, is_cancelled=True), standing)
            if self._dispatcher.has_runner(entry):
                with suppress(ProcessLookupError):
                    os.kill(entry.runner, signal.SIGTERM)
        else:
            self._dispatcher.end(
                entry, self._dispatcher.ended(entry, JobState.CANCELLED, "cancelled")
            )

    def _numbers(self, tickets: Sequence[Ticket]) -> Iterator[int]:
        for ticket in tickets:
            number = number_of(ticket, self._computer.host)
            if number is not None:
                yield number

    def _standing(self) -> dict[str, Ticket | Failure]:
        return {
            entry.directory: _BEING_CANCELLED
            if entry.is_cancelled
            else Ticket(
                site=self._site.name,
                token=entry.token,
                remote_id=entry.remote_id,
                directory=entry.directory,
            )
            for entry in self._queue.entries(*Standing)
        }

    @contextmanager
    def _changing_queue(self) -> Iterator[None]:
        try:
            with self._queue.lock():
                yield
        except OSError as error:
            raise SiteRefused(
                f"the queue of site {self._site.name} cannot be used: {error}",
                subject=str(self._queue.path),
            ) from error
