"""Jobs on Slurm: what this kind of site can do, on its own cluster and on those that jobs name."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    Forecast,
    JobRequest,
    JobScript,
    LimitsChanged,
    LiveJob,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.core.pauses import growing_pause_s
from cloudmesh_iac.providers.batch import files
from cloudmesh_iac.providers.batch.layout import STDOUT, safe_component
from cloudmesh_iac.providers.batch.manifest import find_finished
from cloudmesh_iac.providers.slurm.client import Slurm, SlurmClient
from cloudmesh_iac.providers.slurm.named_clusters import (
    Group,
    by_cluster,
    clusters_of,
    keep_cluster,
    together,
)
from cloudmesh_iac.providers.slurm.one_cluster import OneCluster
from cloudmesh_iac.providers.slurm.settings import SlurmSettings, read_settings
from cloudmesh_iac.providers.slurm.shared_answer import SharedAnswer
from cloudmesh_iac.providers.slurm.traces import has_ended
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site


class SlurmProvider:
    """RunsJobs and more abilities for one site, through the commands of Slurm on this computer.

    What is asked of several jobs goes to the cluster of each; None is the site's own.
    """

    kind = "slurm"
    orders_jobs = True
    names_clusters = True
    resources = "cloudmesh_iac.providers.batch.resources"

    def __init__(self, site: Site, computer: Computer, *, slurm: Slurm | None = None) -> None:
        """Errors: UsageProblem for wrong settings."""
        self._site = site
        self._computer = computer
        self._settings = read_settings(site, computer)
        self._account = computer.environment.get("SBATCH_ACCOUNT", "").strip()
        self._main = self._cluster(self._settings, slurm)
        self._named: dict[str, OneCluster] = {}
        self._lock = threading.Lock()

    def problem(self) -> str | None:
        return self._main.problem()

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        answers: dict[int, Ticket | Failure] = {}
        for group in by_cluster(starts, lambda one: one.request.cluster):
            if group.cluster is not None:
                keep_cluster(self._settings.workdir, group.cluster, group.members)
            answers |= group.placed(self._on(group.cluster).start(group.members))
        return together(answers)

    def defaults(self) -> Mapping[str, str]:
        """An account in the caller's environment holds where neither program nor site names one."""
        account = self._account if self._settings.account is None else ""
        return {"account": account} if account else {}

    def script(self, start: Start) -> JobScript:
        return self._on(start.request.cluster).script(start)

    def has_result(self, request: JobRequest) -> bool:
        return find_finished(self._settings.workdir, request) is not None

    def change_limits(self, ticket: Ticket, start: Start) -> LimitsChanged:
        return self._on(_named(ticket)).change_limits(ticket, start)

    def forecast(self, starts: Sequence[Start]) -> Forecast:
        """Several clusters have the room of all of them."""
        groups = list(by_cluster(starts, lambda one: one.request.cluster))
        told = [self._on(group.cluster).forecast(group.members) for group in groups]
        if len(told) == 1:
            return told[0]
        expected = together(
            {
                place: start
                for group, one in zip(groups, told, strict=True)
                for place, start in group.placed(one.starts).items()
            }
        )
        return Forecast(tuple(expected), *_room(groups, told))

    def try_again(self, tickets: Sequence[Ticket]) -> Failure | None:
        failures = [on.try_again(own) for on, own in self._by_cluster(tickets)]
        return next((one for one in failures if one is not None), None)

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        for on, own in self._by_cluster(tickets):
            on.confirm(own)

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for on, own in self._by_cluster(tickets):
            answers |= on.poll(own)
        return answers

    def poll_after_s(self, polls: int) -> float:
        settings = self._settings
        return growing_pause_s(polls, first_s=settings.poll_s, longest_s=settings.poll_max_s)

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        for on, own in self._by_cluster(tickets):
            on.cancel(own)

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        """Errors: SiteUnreachable, SiteRefused when one of the clusters does not answer."""
        named = clusters_of(self._settings.workdir, project, stack)
        own = self._main.name() if named else ""
        asked = (None, *(name for name in named if name != own))
        return [job for name in asked for job in self._on(name).live_jobs(project, stack, name)]

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        return files.fetch(Path(ticket.directory), names, to)

    def has_ended(self, ticket: Ticket) -> bool:
        return has_ended(ticket)

    def log_path(self, ticket: Ticket) -> Path:
        return Path(ticket.directory) / STDOUT

    def _by_cluster(self, tickets: Iterable[Ticket]) -> Iterator[tuple[OneCluster, list[Ticket]]]:
        for group in by_cluster(tickets, _named):
            yield self._on(group.cluster), group.members

    def _on(self, name: str | None) -> OneCluster:
        if name is None:
            return self._main
        with self._lock:
            if name not in self._named:
                settings = self._settings.model_copy(update={"cluster": name})
                self._named[name] = self._cluster(settings, None)
            return self._named[name]

    def _cluster(self, settings: SlurmSettings, slurm: Slurm | None) -> OneCluster:
        site, computer = self._site, self._computer
        is_own = settings.cluster == self._settings.cluster
        name = f"{site.name}@{computer.host}{'' if is_own else f'+{settings.cluster}'}"
        answers = computer.home / ".cloudmesh" / "queues" / safe_component(name)
        client = slurm or SlurmClient(
            site.name,
            computer,
            folder=settings.bin,
            timeout_s=settings.timeout_s,
            cluster=settings.cluster,
            shared=SharedAnswer(answers, computer.clock),
        )
        return OneCluster(site.name, client, settings, answers=answers, clock=computer.clock)


def _named(ticket: Ticket) -> str | None:
    return ticket.cluster if ticket.by_name else None


def _room(groups: Sequence[Group[Start]], told: Sequence[Forecast]) -> tuple[int | None, str]:
    """Return how many of all starts are let in, and by which limits the others are not."""
    fits = [
        len(group.members) if one.room is None else min(one.room, len(group.members))
        for group, one in zip(groups, told, strict=True)
    ]
    if all(one.room is None for one in told):
        return None, ""
    limits = [
        one.limit
        for group, one, fit in zip(groups, told, fits, strict=True)
        if fit < len(group.members) and one.limit
    ]
    return sum(fits), "; ".join(dict.fromkeys(limits))
