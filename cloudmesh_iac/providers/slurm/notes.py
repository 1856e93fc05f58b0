"""What is written down beside a job when it is submitted, and where?"""

from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobRequest, SiteName, Start, Ticket
from cloudmesh_iac.providers.batch.layout import job_directory
from cloudmesh_iac.providers.batch.manifest import Manifest, to_manifest, write_manifest
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.parents import name_of
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.settings.computer import SystemClock


@dataclass(frozen=True, slots=True)
class Notes:
    """The manifests of the jobs of one site."""

    site: SiteName
    slurm: Slurm
    settings: SlurmSettings
    clock: SystemClock

    def manifest(self, start: Start, *, index: int | None = None, array: str = "") -> Manifest:
        now = self.clock.now()
        made = to_manifest(start, site=self.site, submitted_at=now, index=index, array=array)
        return replace(made, cluster=self.slurm.cluster(), after=name_of(start.request.after))

    def directory(self, start: Start) -> Path:
        return self.directory_of(start.request)

    def directory_of(self, request: JobRequest) -> Path:
        return job_directory(self.settings.workdir, request)

    def record(self, start: Start, manifest: Manifest, remote_id: str) -> Ticket | Failure:
        return self.write(self.directory(start), manifest, remote_id)

    def write(self, directory: Path, manifest: Manifest, remote_id: str) -> Ticket | Failure:
        noted = replace(manifest, remote_id=remote_id)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            # the list of an array is on the disk already, and its name finds it again
            write_manifest(directory, noted, durable=not noted.array)
        except OSError as error:  # the job is held, and is found again by its name
            return Failure(
                f"the job {remote_id} cannot be noted in {directory}: {error}", is_certain=False
            )
        return noted.to_ticket(directory)
