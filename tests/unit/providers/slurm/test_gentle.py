"""How often is a cluster asked? Counted where our commands are called, on a clock that jumps."""

import threading
from dataclasses import dataclass, field, replace
from itertools import pairwise
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

USERS, POINTS, HOUR_S, MINUTE_S = 30, 100, 3600, 60
# Of one person. What a real controller hears of it is counted in integration/test_slurm_gentle.py;
# docs/jobs-on-slurm.md says both.
CALLS_OF_AN_HOUR = 75
QUESTIONS_OF_A_MINUTE = 3  # the first one: later there are less


@dataclass
class BusyCluster(FakeSlurm):
    """The points of one array end one after the other, all through an hour."""

    clock: StoppedClock | None = None
    waited_s: list[float] = field(default_factory=list)  # when it was asked by who waits

    def recent_jobs(self, *, younger_than_s: float) -> tuple[QueuedJob, ...]:
        assert self.clock is not None
        self.waited_s.append(self.clock.passed_s)
        return super().recent_jobs(younger_than_s=younger_than_s)

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
        if event.is_set():
            return True
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


def an_hour_of_one(folder: Path) -> BusyCluster:
    """Let one person submit a sweep and wait for it; return the cluster that was asked."""
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
        poller.add(ticket, at_once=True)
    clock.poller = poller
    clock.begins.set()
    for thread in threading.enumerate():
        if thread.name == f"poll-{site}":
            thread.join(timeout=60)
    assert troubles == []
    assert len(ends) >= POINTS - 2
    return cluster


def test_thirty_people_with_a_sweep_each_ask_less_than_once_a_second(tmp_path: Path) -> None:
    # when
    cluster = an_hour_of_one(tmp_path)

    # then: all do the same
    assert len(cluster.calls) == CALLS_OF_AN_HOUR
    assert CALLS_OF_AN_HOUR * USERS / HOUR_S < 1
    assert "history" not in cluster.calls  # what the queue has needs no accounting


def test_who_waits_asks_at_once_and_then_less_and_less_often(tmp_path: Path) -> None:
    # when
    asked_s = an_hour_of_one(tmp_path).waited_s

    # then
    pauses_s = [later - one for one, later in pairwise(asked_s)]
    assert asked_s[0] == 0
    assert len([at for at in asked_s if at < MINUTE_S]) == QUESTIONS_OF_A_MINUTE
    assert min(pauses_s[QUESTIONS_OF_A_MINUTE:]) > MINUTE_S / QUESTIONS_OF_A_MINUTE
