"""A scheduler and a cloud in memory as a site: which abilities does it have?"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobRequest,
    JobState,
    LiveJob,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.core.metal import (
    Installation,
    Machine,
    MachineName,
    Power,
    Profile,
    Standing,
)
from cloudmesh_iac.core.nodes import (
    Allowance,
    Counted,
    Flavor,
    Image,
    Made,
    SeenMachine,
    Thing,
    Wanted,
)
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.batch.files import matching_names
from cloudmesh_iac.providers.batch.layout import COMMAND, STDOUT, job_directory
from cloudmesh_iac.providers.simulated.cloud import SimulatedCloud, seen_machine
from cloudmesh_iac.providers.simulated.machines import SimulatedMachines
from cloudmesh_iac.providers.simulated.scheduler import SimulatedJob, SimulatedScheduler
from cloudmesh_iac.providers.simulated.settings import read_settings
from cloudmesh_iac.providers.simulated.worlds import a_cloud, a_world, mac_of, some_hardware
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.pools import open_pool
from cloudmesh_iac.settings.sites import Site

# A real site outlives the objects that talk to it; so does this one, as long as the process.
_FIRST_POLL_S = 0.1
_CPUS, _MEMORY_MB = 8, 32768

_WORLDS: dict[tuple[Path, str], SimulatedScheduler] = {}
_CLOUDS: dict[tuple[Path, str], SimulatedCloud] = {}
_HARDWARE: dict[tuple[Path, str], SimulatedMachines] = {}


class SimulatedProvider:
    """Talks to the world of its site; two of the same site talk to the same one."""

    kind: ClassVar[str] = "simulated"
    resources: ClassVar[str] = "cloudmesh_iac.providers.simulated.resources"

    def __init__(self, site: Site, computer: Computer) -> None:
        self._site = site
        self._clock = computer.clock
        self._settings = settings = read_settings(site, computer)
        place = (site.project_dir, str(site.name))
        self.scheduler = _WORLDS.setdefault(place, a_world(settings))
        self.cloud = _CLOUDS.setdefault(place, a_cloud(settings))
        self.hardware = _HARDWARE.setdefault(place, some_hardware(settings))
        self._computer = computer
        self._pool: Pool | None = None

    def problem(self) -> str | None:
        return None

    def has_result(self, request: JobRequest) -> bool:
        with self.scheduler.at(self._clock.now()):
            found = self.scheduler.find(Start("", request))
            return found is not None and found.is_result

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        with self.scheduler.at(self._clock.now()):
            self.scheduler.tell("start", [start.token for start in starts])
            return [self._start(start) for start in starts]

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        with self.scheduler.at(self._clock.now()):
            self.scheduler.tell("confirm", [ticket.token for ticket in tickets])
            for job in self._jobs(tickets):
                if job.state is JobState.HELD:
                    job.state = JobState.QUEUED

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        with self.scheduler.at(self._clock.now()):
            self.scheduler.tell("poll", [ticket.token for ticket in tickets])
            if not self.scheduler.answers_poll():
                return dict.fromkeys(tickets, Failure(f"site {self._site.name} does not answer"))
            return {ticket: self._standing(ticket) for ticket in tickets}

    def try_again(self, tickets: Sequence[Ticket]) -> Failure | None:
        with self.scheduler.at(self._clock.now()):
            self.scheduler.tell("try again", [ticket.token for ticket in tickets])
            for job in self._jobs(tickets):
                self.scheduler.try_again(job)
        return None

    def poll_after_s(self, polls: int) -> float:
        """Return a short time at first, as long as the site is young."""
        return min(self._settings.poll_s, _FIRST_POLL_S * (polls + 1))

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        now = self._clock.now()
        with self.scheduler.at(now):
            self.scheduler.tell("cancel", [ticket.token for ticket in tickets])
            for job in self._jobs(tickets):
                self.scheduler.cancel(job, now)

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        with self.scheduler.at(self._clock.now()):
            return [
                LiveJob(job.start.token, job.remote_id, job.start.request.point, job.state)
                for job in self.scheduler.jobs
                if (job.start.request.project, job.start.request.stack) == (project, stack)
                and not job.state.has_ended
            ]

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        with self.scheduler.at(self._clock.now()):
            texts = self._files(ticket)
        found = matching_names(names, texts)
        for name in found:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_text(texts[name])
        return found

    def log_path(self, ticket: Ticket) -> Path:
        """Write the log as it is now, so that it can be read like a real one."""
        path = Path(ticket.directory) / STDOUT
        with self.scheduler.at(self._clock.now()):
            text = self._files(ticket).get(STDOUT)
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return path

    # --- machines ---------------------------------------------------------------------------------

    def flavors(self) -> Sequence[Flavor]:
        return self._settings.offered_flavors()

    def images(self) -> Sequence[Image]:
        return self._settings.offered_images()

    def machines(self) -> Sequence[SeenMachine]:
        return [seen_machine(one) for one in self.cloud.things(Thing.VM)]

    def allowances(self) -> Sequence[Allowance]:
        used = len(self.cloud.things(Thing.VM))
        return (Allowance(Counted.MACHINES, used, self._settings.vms),)

    def create(self, wanted: Wanted) -> Made:
        return self.cloud.create(wanted)

    def change(self, id_: str, wanted: Wanted) -> Made:
        return self.cloud.change(id_, wanted)

    def look(self, id_: str) -> Made | None:
        return self.cloud.look(id_)

    def find(self, token: str) -> Made | None:
        return self.cloud.find(token)

    def remove(self, id_: str) -> None:
        self.cloud.remove(id_)

    # --- physical machines ------------------------------------------------------------------------

    @property
    def pool(self) -> Pool:
        """The pool, in which the machines of the settings are from the first question on."""
        if self._pool is None:
            self._pool = open_pool(self._computer)
            known = {one.name for one in self._pool.machines(self._site.name)}
            names = [name for name in self._settings.machine_names() if name not in known]
            if names:
                self._pool.put(self._site.name, [self._machine(name) for name in names])
        return self._pool

    @property
    def install_limit_s(self) -> float:
        return self._settings.install_limit_s

    @property
    def wipe_profile(self) -> str:
        return self._settings.wipe_profile

    def profiles(self) -> Sequence[Profile]:
        return [Profile(name) for name in self._settings.profiles]

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        self.hardware.prepare(wanted)

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        del lease  # there is one pool of these machines: it says whose they are
        self.hardware.switch(machine.name, power, self._clock.now())

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        return {one.name: self._standing_of(one.name) for one in machines}

    def _standing_of(self, name: MachineName) -> Standing | Failure:
        try:
            return self.hardware.look(name, self._clock.now())
        except SiteUnreachable as error:
            return Failure.of(error, is_certain=False)

    def clear(self, machine: Machine, *, lease: str) -> None:
        self.hardware.clear(machine.name, lease)

    def look_after_s(self, looks: int) -> float:
        return self.poll_after_s(looks)

    def _machine(self, name: str) -> Machine:
        number = self._settings.machine_names().index(name) + 1
        return Machine(
            MachineName(name),
            mac=mac_of(str(self._site.name), number),
            address=f"10.9.{number // 250}.{number % 250 + 1}",
            cpus=_CPUS,
            memory_mb=_MEMORY_MB,
        )

    # --- jobs, inside -----------------------------------------------------------------------------

    def _start(self, start: Start) -> Ticket | Failure:
        found = self.scheduler.find(start)
        if found is not None:
            return self._ticket(found)
        answer = self.scheduler.submit(start)
        return answer if isinstance(answer, Failure) else self._ticket(answer)

    def _ticket(self, job: SimulatedJob) -> Ticket:
        return Ticket(
            site=self._site.name,
            token=job.start.token,
            remote_id=job.remote_id,
            directory=str(job_directory(self._settings.workdir, job.start.request)),
        )

    def _standing(self, ticket: Ticket) -> Waiting | Done:
        job = self.scheduler.job(ticket.remote_id)
        if job is None:
            return Done(JobState.LOST, reason=f"the site does not know {ticket.remote_id}")
        return job.standing()

    def _jobs(self, tickets: Iterable[Ticket]) -> list[SimulatedJob]:
        found = (self.scheduler.job(ticket.remote_id) for ticket in tickets)
        return [job for job in found if job is not None]

    def _files(self, ticket: Ticket) -> Mapping[str, str]:
        """Return what a job has in its directory by now."""
        job = self.scheduler.job(ticket.remote_id)
        if job is None:
            return {}
        request = job.start.request
        left = self.scheduler.files.get(request.point, {}) if job.is_result else {}
        log = {STDOUT: ""} if job.started_at else {}
        return {COMMAND: request.command} | log | left
