"""What becomes of one start: a result that is there, a job that is in the queue, or a new one?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobRequest, JobState, SiteName, Start, Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.files import prepare
from cloudmesh_iac.providers.batch.layout import COMMAND, SCRIPT, job_directory
from cloudmesh_iac.providers.batch.manifest import (
    find_finished,
    read_manifest,
    to_manifest,
    write_manifest,
)
from cloudmesh_iac.providers.batch.script import may_try_again, render_script, when_retried
from cloudmesh_iac.providers.local.queue import Entry, Queue, Standing
from cloudmesh_iac.providers.local.settings import LocalSettings
from cloudmesh_iac.providers.local.state import ENDED, RUNNING, read_ended
from cloudmesh_iac.settings.computer import Computer

_OWN = frozenset({RUNNING, ENDED})
# What a job gets from the person's own environment; credentials stand in other variables.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "USER")
_STARTED_AGAIN = frozenset({JobState.CANCELLED, JobState.LOST})


@dataclass(frozen=True, slots=True)
class Submitter:
    """Puts jobs into the queue, whose lock is held meanwhile.

    `standing` is the answer for each directory that has a job in the queue already.
    """

    site: SiteName
    settings: LocalSettings
    computer: Computer
    queue: Queue
    standing: dict[str, Ticket | Failure]

    def submit(self, start: Start, number: int) -> Ticket | Failure:
        directory = job_directory(self.settings.workdir, start.request)
        problem = _problem(start.request, self.settings)
        standing = self.standing.get(str(directory))
        if standing is not None:
            return standing
        if problem is not None:
            return Failure(problem)
        try:
            there = self._there_already(start, directory)
            return there or self._enqueue(start, directory, number)
        except SiteRefused as error:
            return Failure.of(error)

    def _there_already(self, start: Start, directory: Path) -> Ticket | None:
        finished = find_finished(self.settings.workdir, start.request)
        if finished is not None:
            return finished.ticket
        manifest = read_manifest(directory)
        if manifest is None or manifest.token != start.token or manifest.cancelled:
            return None
        ended = read_ended(directory, manifest.remote_id)
        if ended is None or ended.state in _STARTED_AGAIN:
            return None
        return manifest.to_ticket(directory)

    def _enqueue(self, start: Start, directory: Path, number: int) -> Ticket:
        request = start.request
        remote_id = f"{self.computer.host}:{number}"
        login = _login(request)
        nice = ("nice", "-n", str(self.settings.nice)) if self.settings.nice else ()
        script = local_script(request, directory, remote_id)
        prepare(directory, request, script=script, own=_OWN)
        manifest = to_manifest(
            start,
            site=self.site,
            submitted_at=self.computer.clock.now(),
            remote_id=remote_id,
        )
        write_manifest(directory, manifest, durable=False)
        entry = Entry(
            number=number,
            remote_id=remote_id,
            token=start.token,
            project=request.project,
            stack=request.stack,
            point=request.point,
            directory=str(directory),
            argv=(*nice, "bash", *login, str(directory / SCRIPT)),
            environment=_inherited(self.computer.environment),
            files=_sizes(directory, (COMMAND, SCRIPT, *request.input_files)),
            cores=_cores(request),
            walltime_s=request.walltime_s or self.settings.max_walltime_s,
            kill_after_s=self.settings.kill_after_s,
        )
        self.queue.put(entry, Standing.HELD)
        ticket = manifest.to_ticket(directory)
        self.standing[str(directory)] = ticket
        return ticket


def local_script(request: JobRequest, directory: Path, remote_id: str) -> str:
    """Errors: SiteRefused for what no script can say."""
    return render_script(
        request,
        directory=directory,
        header=(),
        shebang=" ".join(("#!/bin/bash", *_login(request))),
        job_id_expression=remote_id,
        restarts_expression="0",
        after=when_retried(request, f"{{ {may_try_again(request)} && {_itself(request)}; }}"),
    )


def _itself(request: JobRequest) -> str:
    """The next attempt begins at once, in the time that is left."""
    return f'exec {" ".join(("bash", *_login(request)))} "$0"'


def _login(request: JobRequest) -> tuple[str, ...]:
    """Only a login shell has `module`, and it may change what the person's shell has set."""
    return ("-l",) if request.modules else ()


def _problem(request: JobRequest, settings: LocalSettings) -> str | None:
    """Return why a request can never run here."""
    cores = _cores(request)
    if cores > settings.slots:
        return f"the job needs {cores} cores, and this site may use {settings.slots}"
    longest = settings.max_walltime_s
    if longest is not None and (request.walltime_s or 0) > longest:
        return f"the job asks for {request.walltime_s} s, and this site gives {longest} s at most"
    return None


def _cores(request: JobRequest) -> int:
    return request.nodes * request.ntasks_per_node * request.cpus_per_task


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in _INHERITED if name in environment}


def _sizes(directory: Path, names: tuple[str, ...]) -> dict[str, int]:
    files = {name: directory / name for name in names}
    return {name: path.stat().st_size for name, path in files.items() if path.is_file()}
