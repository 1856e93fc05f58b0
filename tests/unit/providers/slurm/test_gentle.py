"""How often is a cluster asked? Counted where our commands are called, on a clock that jumps."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Done, Failure, SiteName, Ticket, Waiting
from cloudmesh_iac.engine.polling import SitePoller
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    StoppedClock,
    a_computer,
    a_job,
    a_site,
    a_start,
)

USERS, POINTS, HOUR_S = 30, 100, 3600


@dataclass
class BusyCluster(FakeSlurm):
    """The points of one array end one after the other, all through an hour."""

    clock: StoppedClock | None = None

    def jobs(self) -> tuple[QueuedJob, ...]:
        self._called("jobs")
        assert self.clock is not None
        ended = int(self.clock.passed_s * POINTS / HOUR_S)
        task = a_job("101", name="sweep.cmx-a1")
        return tuple(
            replace(task, tasks=frozenset({n}), state="COMPLETED" if n < ended else "RUNNING")
            for n in range(POINTS)
        )


class OneHour(StoppedClock):
    """Stands until `begins` is set; ends the poller after an hour."""

    poller: SitePoller | None = None

    def __init__(self) -> None:
        super().__init__()
        self.begins = threading.Event()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        if threading.current_thread() is not threading.main_thread():
            self.begins.wait()
        super().wait(event, timeout_s)
        if self.passed_s >= HOUR_S and self.poller is not None:
            self.poller.close()
        return event.is_set()


class OnThatCluster(Jobs):
    """All sites are the one whose cluster is counted."""

    def __init__(self, sites: OpenSites, provider: SlurmProvider) -> None:
        super().__init__(sites)
        self._provider = provider

    def scheduler(self, site: str) -> SlurmProvider:
        del site
        return self._provider


def calls_of_one(folder: Path) -> list[str]:
    """Let one person submit a sweep and wait for it; return the calls of the hour."""
    clock = OneHour()
    cluster = BusyCluster(clock=clock)
    provider = SlurmProvider(a_site(folder), a_computer(folder, clock=clock), slurm=cluster)
    (first, second) = provider.start([a_start("t1", point="p/n=1"), a_start("t2", point="p/n=2")])
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    provider.confirm([first, second])
    # An array of two costs as many calls as one of a hundred.
    site = SiteName("big")
    tickets = [Ticket(site, f"t{n}", "101", index=n, array="a1") for n in range(POINTS)]
    ends: list[Done] = []
    troubles: list[object] = []

    def on_answer(_: Ticket, answer: Waiting | Done) -> None:
        ends.extend([answer] if isinstance(answer, Done) else [])

    def on_trouble(_: SiteName, failure: Failure) -> None:
        troubles.append(failure)

    sites = OpenSites(
        Settings(folder, {site: a_site(folder)}, site, Limits()), a_computer(folder, clock=clock)
    )
    jobs = OnThatCluster(sites, provider)
    poller = SitePoller(
        site,
        remote=JobRemote(jobs),
        clock=clock,
        on_answer=on_answer,
        on_trouble=on_trouble,
        on_crash=troubles.append,
    )
    for ticket in tickets:
        poller.add(ticket, at_once=False)
    clock.poller = poller
    clock.begins.set()
    for thread in threading.enumerate():
        if thread.name == f"poll-{site}":
            thread.join(timeout=60)
    assert troubles == []
    assert len(ends) >= POINTS - 2
    return cluster.calls


def test_thirty_people_with_a_sweep_each_ask_less_than_once_a_second(tmp_path: Path) -> None:
    # when
    calls = calls_of_one(tmp_path)

    # then: all do the same
    assert len(calls) * USERS / HOUR_S < 1, len(calls)
    assert "history" not in calls  # what the queue has needs no accounting
