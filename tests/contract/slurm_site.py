"""A Slurm cluster as a site of the suite of schedulers."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobRequest, LiveJob, Start, Ticket
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import PROJECT, STACK, JobSite, a_computer, a_site
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually


class InItsOwnStack(SlurmProvider):
    """All tests share one cluster, so each has stacks of its own behind the names that it uses."""

    def __init__(self, site: Site, computer: Computer, own: str) -> None:
        super().__init__(site, computer)
        self._own = own

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        return super().start(
            [
                Start(start.token, replace(start.request, stack=self._of(start.request.stack)))
                for start in starts
            ]
        )

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        return super().live_jobs(project, self._of(stack))

    def _of(self, stack: str) -> str:
        return f"{stack}.{self._own}"


class SlurmJobSite(JobSite):
    no_timeouts = "takes a minute; see tests/integration/test_slurm_provider.py"
    patience_s = 60.0

    def __init__(self, provider: SlurmProvider, own: str) -> None:
        super().__init__(provider)
        self._own = own

    def let_time_pass(self) -> None:
        threading.Event().wait(0.1)

    def a_start(self, request: JobRequest | None = None) -> Start:
        start = super().a_start(request)
        return replace(start, token=f"{self._own}-{start.token}")

    def end_all(self) -> None:
        """Wait for the ends of what the test has cancelled."""
        site = a_site("slurm", Path()).name
        live = self._live()
        self.provider.cancel([Ticket(site, job.token, job.remote_id) for job in live])
        eventually(self._live, lambda left: not left)

    def _live(self) -> list[LiveJob]:
        return [
            job for stack in (STACK, "other") for job in self.provider.live_jobs(PROJECT, stack)
        ]


def slurm_job_site(cluster: SlurmCluster, folder: Path) -> SlurmJobSite:
    own = folder.name
    computer = a_computer(folder, environment=cluster.environment)
    site = a_site("slurm", folder, workdir="jobs", queue="batch", poll_s=0.1, history_s=1)
    return SlurmJobSite(InItsOwnStack(site, computer, own), own)
