"""Which parts make up this run?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.embedded import EmbeddedEngine
from cloudmesh_iac.engine.ports import Events, Holder, Provider, Store
from cloudmesh_iac.engine.stack_references import STACK_REFERENCE_TYPE, StackReferences
from cloudmesh_iac.engine.writing import Parts
from cloudmesh_iac.program.python_program import PythonProgram
from cloudmesh_iac.providers.batch.handlers import (
    COMPLETION_TYPE,
    SUBMISSION_TYPE,
    CompletionHandler,
    SubmissionHandler,
)
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost, HostBegin
from cloudmesh_iac.providers.dynamic.resolver import DynamicProviders
from cloudmesh_iac.providers.slurm.controller import controller_host
from cloudmesh_iac.settings.computer import Computer, own_pid, process_started, python
from cloudmesh_iac.settings.load import (
    LOCAL,
    PROJECT_DIR_VARIABLE,
    OpenSites,
    Settings,
    load_settings,
)
from cloudmesh_iac.settings.login_node import default_site_on, is_login_node, restrained
from cloudmesh_iac.settings.project import ProgramFile, Project, stack_config
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.wire.children import Child

_STORE_VARIABLE = "CMX_STORE"
_PATIENCE_S = 75.0  # longer than a lease lasts: a holder that died on another host is seen through


@dataclass(frozen=True, slots=True)
class Place:
    """Which program of which project, and which stack of it."""

    project: Project
    program: ProgramFile | None
    stack: StackId


class Runtime:
    """Everything that one command needs, put together once."""

    def __init__(
        self,
        computer: Computer,
        place: Place,
        *,
        events: Events,
        child: Callable[[], Child],
        on: str | None = None,
    ) -> None:
        self.computer = computer
        self.place = place
        self.on = on
        self._events = events
        self._child = child
        self.settings = _settings(computer, place.project, on)
        self.store = open_store(computer)
        self.jobs = Jobs(OpenSites(self.settings, computer))
        self.config = {
            **stack_config(place.project, place.stack.name),
            "cmx-run:site": str(self.settings.default_site),
        }
        self._host = self._handler_host()
        self.parts = Parts(
            store=self.store,
            providers=DynamicProviders(self._own_providers(), self._host),
            remote=JobRemote(self.jobs),
            events=events,
            clock=computer.clock,
            holder=_holder(computer),
        )
        self.engine = EmbeddedEngine(self.parts)

    def program(self, options: Mapping[str, str]) -> PythonProgram:
        """Return the program; `options` are the names that were given on the command line."""
        assert self.place.program is not None
        return PythonProgram(
            self.place.program.file,
            project_dir=self.place.project.folder,
            config={**self.config, "cmx-run:options": ",".join(options)},
            launch=self._child,
            events=self._events,
        )

    def _own_providers(self) -> Mapping[ResourceType, Provider]:
        references = StackReferences(self.store, self.place.project.name)
        return {**_own_handlers(self.jobs), STACK_REFERENCE_TYPE: references}

    def close(self) -> None:
        self._host.close()
        self.store.close()

    def _handler_host(self) -> HandlerHost:
        program = self.place.program
        folder = self.place.project.programs_dir if program is None else program.file.parent
        return HandlerHost(
            HostBegin(self.place.project.name, str(folder), self.config),
            python=python(),
            environment={
                **self.computer.environment,
                PROJECT_DIR_VARIABLE: str(self.place.project.folder),
            },
            on_line=lambda line: self._events.tell(LogLine(line)),
        )


def open_store(computer: Computer) -> Store:
    """Return the store of this person, for commands that need nothing else."""
    return SqliteStore(store_path(computer), computer=computer, patience_s=_PATIENCE_S)


def store_path(computer: Computer) -> Path:
    given = computer.environment.get(_STORE_VARIABLE)
    return Path(given) if given else computer.home / ".cloudmesh" / "cmx.db"


def _settings(computer: Computer, project: Project, on: str | None) -> Settings:
    """Read the settings; a login node and `--on` have their say about sites."""
    settings = load_settings(computer, project.folder)
    if on is not None:
        settings.site(on)
        settings = replace(settings, default_site=SiteName(on))
    scheduler = controller_host(computer)
    if not is_login_node(scheduler, computer.host):
        return settings
    sites = {
        name: restrained(site, asked_for=on == name) if site.kind == LOCAL else site
        for name, site in settings.sites.items()
    }
    default = settings.default_site
    if on is None:
        default = default_site_on(settings, scheduler_host=scheduler, host=computer.host)
    return replace(settings, sites=sites, default_site=default)


def _own_handlers(jobs: Jobs) -> Mapping[ResourceType, Provider]:
    submission, completion = SubmissionHandler(), CompletionHandler()
    submission.jobs = completion.jobs = jobs
    return {SUBMISSION_TYPE: HandlerCalls(submission), COMPLETION_TYPE: HandlerCalls(completion)}


def _holder(computer: Computer) -> Holder:
    pid = own_pid()
    return Holder(
        user=computer.user,
        host=computer.host,
        pid=pid,
        started=process_started(pid),
        purpose="cmx",
    )
