"""What does a job's directory say it is, and is there a finished result for a request already?"""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from cloudmesh_iac.core.jobs import JobRequest, SiteName, Start, Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import MANIFEST, job_directory, point_directory
from cloudmesh_iac.providers.batch.outcome import Outcome, read_outcome


@dataclass(frozen=True, slots=True)
class Manifest:
    """One attempt to run a request. `remote_id` is empty until the site has given one.

    `index` is the place in an array, else None; `array` is the array's own token.
    `inputs` are the names of the input files; `commit` is that of the program, with `+` behind it
    when the folder held something else. `retries` and `retry_on` are the rule by which it is tried
    again; `submission` counts how often we have submitted it again after an attempt, and `replaced`
    is the id that it had before. `by_name` says that the program named the cluster.
    `after` is the name of the list of jobs that it waits for.
    """

    site: str
    token: str
    remote_id: str
    index: int | None
    project: str
    stack: str
    point: str
    identity: str
    identity_base: str
    run: int
    command: str
    parameters: dict[str, str]
    submitted_at: datetime
    cancelled: bool = False
    array: str = ""
    cluster: str = ""
    inputs: tuple[str, ...] = ()
    commit: str = ""
    retries: int = 0
    retry_on: tuple[str, ...] = ()
    submission: int = 0
    after: str = ""
    replaced: str = ""
    by_name: bool = False

    def to_ticket(self, directory: Path) -> Ticket:
        return Ticket(
            site=SiteName(self.site),
            token=self.token,
            remote_id=self.remote_id,
            index=self.index,
            directory=str(directory),
            array=self.array,
            cluster=self.cluster,
            by_name=self.by_name,
        )

    @property
    def job_token(self) -> str:
        """Return the token in the name of the scheduler's job: of the array, or its own."""
        return self.array or self.token


class _ManifestFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    site: str
    token: str
    remote_id: str
    index: int | None = None
    project: str
    stack: str
    point: str
    identity: str
    identity_base: str
    run: int
    command: str
    parameters: dict[str, str]
    submitted_at: AwareDatetime
    cancelled: bool = False
    array: str = ""
    cluster: str = ""
    inputs: tuple[str, ...] = ()
    commit: str = ""
    retries: int = 0
    retry_on: tuple[str, ...] = ()
    submission: int = 0
    after: str = ""
    replaced: str = ""
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A result that was there before: its directory, what it is, and how it ended."""

    directory: Path
    manifest: Manifest
    outcome: Outcome

    @property
    def ticket(self) -> Ticket:
        return self.manifest.to_ticket(self.directory)


def to_manifest(
    start: Start,
    *,
    site: str,
    submitted_at: datetime,
    remote_id: str = "",
    index: int | None = None,
    array: str = "",
) -> Manifest:
    request = start.request
    return Manifest(
        site=site,
        token=start.token,
        remote_id=remote_id,
        index=index,
        project=request.project,
        stack=request.stack,
        point=request.point,
        identity=request.identity,
        identity_base=request.identity_base,
        run=request.run,
        command=request.command,
        parameters=dict(request.parameters),
        submitted_at=submitted_at,
        array=array,
        inputs=tuple(request.input_files),
        commit=request.commit,
        retries=request.retries,
        retry_on=request.retry_on,
        by_name=request.cluster is not None,
    )


def write_manifest(directory: Path, manifest: Manifest, *, durable: bool = True) -> None:
    """Write it whole or not at all; `durable` also survives a power cut."""
    text = _ManifestFile(**asdict(manifest)).model_dump_json(indent=1)
    written = directory / f"{MANIFEST}.tmp"
    with written.open("w") as file:
        file.write(text + "\n")
        if durable:
            file.flush()
            os.fsync(file.fileno())
    written.replace(directory / MANIFEST)


def read_manifest(directory: Path) -> Manifest | None:
    """Return None where there is none. Errors: SiteRefused for one that cannot be understood."""
    path = directory / MANIFEST
    try:
        read = _ManifestFile.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValidationError) as error:
        raise SiteRefused(
            f"the manifest of a job cannot be read: {_first_line(error)}",
            subject=str(path),
            hint="move its directory away to run the job again",
        ) from error
    return Manifest(**read.model_dump(exclude={"version"}))


def manifest_of(ticket: Ticket) -> Manifest | None:
    """Return what the directory says of this very job; None where it cannot be understood."""
    try:
        manifest = read_manifest(Path(ticket.directory)) if ticket.directory else None
    except SiteRefused:
        return None
    return manifest if manifest is not None and manifest.token == ticket.token else None


def mark_cancelled(directory: Path) -> None:
    """Remember that somebody stopped this attempt: whatever it left is no result.

    Nothing happens for a job whose directory is not known.
    """
    if directory == Path():
        return
    manifest = read_manifest(directory)
    if manifest is not None and not manifest.cancelled:
        write_manifest(directory, replace(manifest, cancelled=True))


def find_finished(workdir: Path, request: JobRequest) -> Finished | None:
    """Look for the newest result of this work: of this request, or of a later run of it.

    A later run is found by a store that has forgotten it. A run with a higher number than all that
    have been is somebody's wish to run it again: earlier ones do not stand for it.
    Errors: SiteRefused for a manifest or an exit file of its own that cannot be understood.
    """
    own = job_directory(workdir, request)
    found = _finished(own)
    if found is not None and found.manifest.identity != request.identity:
        found = None
    later = [
        other
        for other in _finished_below(point_directory(workdir, request))
        if other.manifest.identity_base == request.identity_base
        and other.manifest.run > request.run
    ]
    return max(later, key=lambda other: other.manifest.run, default=found)


def _finished_below(point: Path) -> Iterator[Finished]:
    try:
        directories = sorted(point.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for directory in directories:
        try:
            found = _finished(directory)
        except SiteRefused:
            continue  # a stranger's folder must not keep this request from running
        if found is not None:
            yield found


def _finished(directory: Path) -> Finished | None:
    manifest = read_manifest(directory)
    if manifest is None or manifest.cancelled:
        return None
    outcome = read_outcome(directory)
    return None if outcome is None else Finished(directory, manifest, outcome)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
