"""A project on disk: a state file, things in a folder, jobs on a site; and what is done with it.

It runs in processes that may be killed at any moment, so nothing of it stands in memory only.
"""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, ResourceType, name_of
from cloudmesh_iac.engine.destroying import destroy, plan_destroy
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.writing import Parts
from cloudmesh_iac.providers.batch.handlers import (
    CompletionHandler,
    SubmissionHandler,
)
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.settings.computer import SystemClock, this_computer
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.builders import STACK, a_holder
from tests.crash.killing import Boundaries, KillingStore
from tests.crash.things import FiledThings
from tests.lifecycle.script import THING, Out, ScriptedProgram, Thing, Written, a_job
from tests.lifecycle.world import EventList, FakeProviders, a_program

SITE = SiteName("sim")  # what the jobs of scripts say
_OPTIONS: Mapping[str, Mapping[str, object]] = {
    "simulated": {"world": "world.json", "shortest_s": 0.0, "longest_s": 0.0, "slots": 100},
    "local": {"slots": 8},
    "slurm": {"queue": "batch", "poll_max_s": 0.5},
}


class ShiftedClock(SystemClock):
    """The clock of a computer that somebody has set; seconds are as long as ever."""

    def __init__(self, shift: timedelta) -> None:
        self._shift = shift

    def now(self) -> datetime:
        return super().now() + self._shift


class What(StrEnum):
    """What a run is for."""

    FIRST = "first"
    SECOND = "second"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class Order:
    """One run; it is killed at a boundary or after some seconds, 0 is never.

    Without `waits` it leaves when only jobs are left.
    """

    what: What
    waits: bool = True
    kill_at: int = 0
    kill_after_s: float = 0.0
    clock_off_by_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended, and what the state says afterwards: ids by name, and how much is open."""

    failed: list[str]
    left: list[str]
    things: dict[str, str]
    jobs: dict[str, str]
    unfinished: list[str]
    has_work: bool


@dataclass(frozen=True)
class Project:
    """`environment` is what the site needs."""

    folder: Path
    kind: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def parts(self, store: Store | None = None, *, clock: SystemClock | None = None) -> Parts:
        computer = this_computer()
        environment = {**computer.environment, **self.environment}
        clock = clock or SystemClock()
        computer = replace(computer, home=self.folder, clock=clock, environment=environment)
        options = {"workdir": "work", "poll_s": 0.2, **_OPTIONS[self.kind]}
        site = Site(SITE, self.kind, self.folder, options)
        jobs = Jobs(OpenSites(Settings(self.folder, {SITE: site}, SITE, Limits()), computer))
        submission, completion = SubmissionHandler(), CompletionHandler()
        submission.jobs = completion.jobs = jobs
        known: dict[ResourceType, Provider] = {
            JOB_START_TYPE: HandlerCalls(submission),
            JOB_END_TYPE: HandlerCalls(completion),
            ResourceType(THING): self.things,
        }
        return Parts(
            store=store or self.store(),
            providers=FakeProviders(known, set()),
            remote=JobRemote(jobs),
            events=EventList(),
            clock=computer.clock,
            holder=replace(a_holder(host=computer.host), system=computer.system),
        )

    def store(self, *, kill_at: int = 0) -> KillingStore:
        store = KillingStore(self.disk / "cmx.db", computer=this_computer())
        store.boundaries = Boundaries(kill_at)
        return store

    def plant_another_seed(self) -> None:
        """Let nothing that is made from now on have a token that was used before.

        A cluster remembers the jobs of a run, although its folder is set back.
        """
        file = self.disk / "cmx.db"
        if self.kind != "slurm" or not file.exists():
            return
        with closing(sqlite3.connect(file)) as state:
            state.execute("UPDATE stacks SET seed_key = ?", (os.urandom(16).hex(),))
            state.commit()

    @property
    def disk(self) -> Path:
        """Where the state is, and nothing else."""
        return self.folder / "state"

    @property
    def things(self) -> FiledThings:
        return FiledThings(self.folder / "things")

    # --- what a process of its own does -------------------------------------------------------

    def run(self, order: Order) -> None:
        """Do it, and write a report, unless we are killed on the way.

        Errors: StoreUnusable.
        """
        what, clock = order.what, ShiftedClock(timedelta(seconds=order.clock_off_by_s))
        self.disk.mkdir(parents=True, exist_ok=True)
        parts = self.parts(self.store(kill_at=order.kill_at), clock=clock)
        if what is What.DESTROY:
            outcome = destroy(plan_destroy(STACK, parts), parts)
            has_work = plan_destroy(STACK, parts).has_work
        else:
            engine, program = EmbeddedEngine(parts), self.program(what)
            request = Request(STACK, patience_s=None if order.waits else 0.0)
            outcome = engine.up(program, request, engine.preview(program, request))
            has_work = engine.preview(program, request).has_work
        report = _report(outcome, parts.store, has_work=has_work)
        self.report_file.write_text(json.dumps(asdict(report)))

    @property
    def report_file(self) -> Path:
        return self.folder / "report.json"

    def report(self) -> Report:
        return Report(**json.loads(self.report_file.read_text()))

    # --- the programs: 20 resources each ------------------------------------------------------

    def program(self, what: What) -> ScriptedProgram:
        """Return the program; the second one changes, replaces, drops and adds a bit of all."""
        is_second = what is What.SECOND
        things = [
            Thing("a", {"size": 2 if is_second else 1}),
            Thing("b", {"image": 2 if is_second else 1}),
            Thing("c", {"of": Out("b")}),
            Thing("d", {"disk": 2 if is_second else 1}),
            Thing("e", {"image": Out("d")}),
            Thing("f", {"of": Out("e")}),
            Thing("new" if is_second else "old"),
            *(Thing(f"s{number}", {"of": Out("a")}) for number in range(5)),
        ]
        jobs = [
            self._job("j1", "again" if is_second else "once"),
            self._job("j2", "once"),
            self._job("j3" if is_second else "j4", "once"),
            self._job("j5", "once", note=Out("a", "address")),
        ]
        return a_program(*things, *jobs)

    def _job(self, name: str, word: str, note: Written = "") -> tuple[Thing, Thing]:
        """Each execution writes a line of its own."""
        command = f"echo {word} >> {self.folder}/ran-{name}"
        return a_job(name, command, walltime="1m", note=note)

    # --- what there is ------------------------------------------------------------------------

    def executions(self) -> Counter[str]:
        """Return how often each piece of work was done: `j1 once`."""
        if self.kind != "simulated":
            lines = {file.name: file.read_text().split() for file in self.folder.glob("ran-*")}
            words = [f"{name.removeprefix('ran-')} {one}" for name in lines for one in lines[name]]
            return Counter(words)
        world = self.folder / "world.json"
        jobs = json.loads(world.read_text())["jobs"] if world.exists() else []
        requests = [one["start"]["request"] for one in jobs if one["state"] != "CANCELLED"]
        return Counter(f"{one['point']} {one['command'].split()[1]}" for one in requests)


def _report(outcome: RunOutcome, store: Store, *, has_work: bool) -> Report:
    snapshot = store.snapshot(STACK)
    unfinished = [f"{one.op} {name_of(one.urn)}" for one in snapshot.intents]
    unfinished += [
        name_of(one.urn)
        for one in snapshot.records
        if one.doomed or one.pending_replacement or one.init_errors
    ]
    return Report(
        failed=[f"{name_of(one.urn)}: {one.message}" for one in outcome.failed],
        left=[one.what for one in outcome.left],
        things={name_of(one.urn): one.id for one in snapshot.records if one.type == THING},
        jobs={name_of(one.urn): one.id for one in snapshot.records if one.type == JOB_START_TYPE},
        unfinished=unfinished,
        has_work=has_work,
    )
