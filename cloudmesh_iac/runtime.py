"""Which parts make up this run?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from importlib import import_module
from uuid import UUID

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.history import Origin
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.locks import Holder, Stop
from cloudmesh_iac.core.naming import NamingRules
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.advising import AdvisedPackages
from cloudmesh_iac.engine.embedded import EmbeddedEngine
from cloudmesh_iac.engine.instances import Packages
from cloudmesh_iac.engine.late_packages import LatePackages
from cloudmesh_iac.engine.masks import Masks
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.provider_registry import Registry
from cloudmesh_iac.engine.remotes import Remotes
from cloudmesh_iac.engine.slow_answers import Patience, WatchedPackages
from cloudmesh_iac.engine.stack_references import STACK_REFERENCE_TYPE, StackReferences
from cloudmesh_iac.engine.writing import Parts
from cloudmesh_iac.plugins.defaults import Defaults, StackValues
from cloudmesh_iac.program.configuration import Configuration
from cloudmesh_iac.program.origin import origin_of
from cloudmesh_iac.program.python_program import PythonProgram
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost, HostBegin
from cloudmesh_iac.providers.dynamic.resolver import DynamicProviders
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.metal.remote import MetalRemote
from cloudmesh_iac.providers.reach.reaching import Reaching
from cloudmesh_iac.providers.reach.remote import ReachRemote
from cloudmesh_iac.providers.slurm.controller import controller_host
from cloudmesh_iac.settings.computer import Computer, own_pid, process_started, python
from cloudmesh_iac.settings.git import git_of
from cloudmesh_iac.settings.kinds import adviser, finder, late_handlers
from cloudmesh_iac.settings.load import (
    LOCAL,
    OpenSites,
    Settings,
    load_settings,
)
from cloudmesh_iac.settings.login_node import default_site_on, is_login_node, restrained
from cloudmesh_iac.settings.naming import naming_rules
from cloudmesh_iac.settings.passphrases import Passphrases
from cloudmesh_iac.settings.plugin_settings import plugin_settings
from cloudmesh_iac.settings.project import ProgramFile, Project
from cloudmesh_iac.settings.site_variables import SiteVariables
from cloudmesh_iac.settings.stack_settings import StackSettings, read_stack_settings
from cloudmesh_iac.settings.variables import PROJECT_DIR_VARIABLE
from cloudmesh_iac.store.changing_passphrases import finish_change
from cloudmesh_iac.store.digests import SettingDigest, digests_of_settings
from cloudmesh_iac.store.disks import DISK
from cloudmesh_iac.store.keys import Keys, opened_settings
from cloudmesh_iac.store.leases import RHYTHM
from cloudmesh_iac.store.place import store_path
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.wire.children import Child
from cloudmesh_iac.wire.marks import UNKNOWN_TEXT


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
        keys: Keys | None = None,
        masks: Masks | None = None,
        store: Store | None = None,
        interrupt: Callable[[Stop], None] = lambda _: None,
    ) -> None:
        self.computer = computer
        self.place = place
        self.on = on
        self._events = events
        self._masks = masks or Masks()
        self._child = child
        scheduler = controller_host(computer)
        self._is_login_node = is_login_node(scheduler, computer.host)
        self.settings = _settings(computer, place.project, on, scheduler_host=scheduler)
        self._keys = keys or Keys(computer, Passphrases(computer))
        self.store: Store = store or open_store(computer, self._keys)
        self.sites = OpenSites(self.settings, computer)
        self.jobs = Jobs(self.sites)
        self.metal = Metal(self.sites, computer)
        if isinstance(self.store, SqliteStore):
            finish_change(place.project, place.stack, self.store)
        self.stack_settings = read_stack_settings(place.project, place.stack.name)
        self._host = self._handler_host()
        self.parts = Parts(
            store=self.store,
            providers=self._providers(),
            remote=Remotes(
                MetalRemote(self.metal),
                ReachRemote(Reaching(computer.clock)),
                JobRemote(self.jobs),
            ),
            events=events,
            clock=computer.clock,
            holder=_holder(computer),
            interrupt=interrupt,
            origin=self.origin,
            hide=self._masks.hide,
            naming=self._naming,
        )
        self._programs: list[PythonProgram] = []
        self.engine = EmbeddedEngine(self.parts)

    @cached_property
    def configuration(self) -> Configuration:
        """What programs and their providers see of the settings; read when one of them runs.

        Errors: UsageProblem for a wrong passphrase.
        """
        return _configuration(
            self.stack_settings,
            self._keys,
            stack=self.place.stack,
            default_site=self.settings.default_site,
        )

    def plain_settings(self) -> Mapping[str, str]:
        """Return all settings that are not secret, and the default site."""
        return {**self.stack_settings.plain, "cmx-run:site": str(self.settings.default_site)}

    def secret_settings(self) -> Mapping[str, SettingDigest]:
        """Return what the secret settings are compared by. Errors: UsageProblem, as above."""
        settings = self.stack_settings
        if not settings.secure:
            return {}
        cipher = self._keys.cipher(settings.salt, self.place.stack)
        written = settings.as_written()
        texts = {key: written[key] for key in settings.secure}
        return digests_of_settings(texts, self.configuration.values, cipher)

    def program(self, options: Mapping[str, str]) -> PythonProgram:
        """Return the program; `options` are the names that were given on the command line."""
        assert self.place.program is not None
        program = PythonProgram(
            self.place.program.file,
            project_dir=self.place.project.folder,
            configuration=replace(
                self.configuration,
                values={**self.configuration.values, "cmx-run:options": ",".join(options)},
            ),
            launch=self._child,
            events=self._events,
            masks=self._masks,
        )
        self._programs.append(program)
        return program

    def origin(self) -> Origin:
        """Say where the program comes from that was evaluated last; without one, the project."""
        evaluated = (one.files() for one in reversed(self._programs))
        files = next(filter(None, evaluated), ())
        git = git_of(self.computer)
        return origin_of(files, project_dir=self.place.project.folder.resolve(), git=git)

    def _naming(self) -> NamingRules:
        """Return the stack's rules for names. Errors: UsageProblem for rules that make no sense."""
        stack = self.place.stack
        return naming_rules(self.configuration.values, stack, unreadable=self.configuration.hidden)

    def _providers(self) -> Registry:
        """Return all who answer for resources; plugins are started when first needed."""
        return Registry(
            DynamicProviders(
                self._own_providers(), self._host, late=(self._own_handlers, self._late_handlers)
            ),
            WatchedPackages(
                AdvisedPackages(self._plugins(), adviser),
                Patience(self.computer.clock, self._events),
            ),
            configured=Defaults(
                lambda: StackValues(
                    self.configuration.values,
                    self.configuration.secret,
                    self.configuration.hidden,
                )
            ),
            new_id=lambda: str(UUID(self.computer.new_id())),
            finders=cache(partial(finder, computer=self.computer)),
        )

    def _plugins(self) -> Packages:
        """Return the packages that plugins serve. Errors: UsageProblem for a bad setting."""
        rules = plugin_settings(self.computer, self.settings, self.place.project)
        may_not = self._is_login_node and not self.settings.plugins.on_login_node
        return LatePackages(
            lambda: import_module("cloudmesh_iac.plugin_runtime").plugin_packages(
                rules,
                self.computer,
                self.settings,
                project=self.place.project,
                variables=SiteVariables(self.computer.environment, self.sites),
                events=self._events,
                may_start=not may_not,
            )
        )

    def _own_providers(self) -> Mapping[ResourceType, Provider]:
        references = StackReferences(self.store, self.place.project.name)
        return {STACK_REFERENCE_TYPE: references}

    def _own_handlers(self) -> Mapping[ResourceType, Provider]:
        """Return who answers for jobs and machines; it takes a third of a second to load them."""
        module = import_module("cloudmesh_iac.providers.own_handlers")
        found: Mapping[ResourceType, Provider] = module.own_handlers(self.jobs, self.metal)
        return found

    def _late_handlers(self) -> Mapping[ResourceType, Provider]:
        calls = import_module("cloudmesh_iac.providers.dynamic.calls").HandlerCalls
        return {type_: calls(one) for type_, one in late_handlers(self.sites).items()}

    def close(self) -> None:
        self.parts.providers.close()
        self.store.close()

    def _handler_host(self) -> HandlerHost:
        program = self.place.program
        folder = self.place.project.programs_dir if program is None else program.file.parent
        return HandlerHost(
            lambda: HostBegin(self.place.project.name, str(folder), self.configuration.values),
            python=python(),
            environment={
                **self.computer.environment,
                PROJECT_DIR_VARIABLE: str(self.place.project.folder),
            },
            on_line=lambda line: self._events.tell(LogLine(line)),
        )


def open_store(computer: Computer, keys: Keys | None = None) -> SqliteStore:
    """Return the store of this person, for commands that need nothing else."""
    return SqliteStore(store_path(computer), computer=computer, keys=keys, rhythm=RHYTHM, disk=DISK)


def _configuration(
    settings: StackSettings, keys: Keys, *, stack: StackId, default_site: SiteName
) -> Configuration:
    """Return what the program sees of the settings. Errors: UsageProblem for a wrong passphrase."""
    cipher = keys.cipher(settings.salt, stack) if settings.secure else None
    secret = frozenset(settings.secure)
    if cipher is None:
        opened: Mapping[str, str] = dict.fromkeys(secret, UNKNOWN_TEXT)
    else:
        opened = opened_settings(settings, keys, cipher, stack=stack)
    values = {**settings.plain, **opened, "cmx-run:site": str(default_site)}
    return Configuration(values, secret, secret if cipher is None else frozenset())


def _settings(
    computer: Computer, project: Project, on: str | None, *, scheduler_host: str | None
) -> Settings:
    """Read the settings; a login node and `--on` have their say about sites."""
    settings = load_settings(computer, project.folder)
    if on is not None:
        settings.site(on)
        settings = replace(settings, default_site=SiteName(on))
    if not is_login_node(scheduler_host, computer.host):
        return settings
    sites = {
        name: restrained(site, asked_for=on == name) if site.kind == LOCAL else site
        for name, site in settings.sites.items()
    }
    default = settings.default_site
    if on is None:
        default = default_site_on(settings, scheduler_host=scheduler_host, host=computer.host)
    return replace(settings, sites=sites, default_site=default)


def _holder(computer: Computer) -> Holder:
    pid = own_pid()
    return Holder(
        user=computer.user,
        host=computer.host,
        pid=pid,
        started=process_started(pid),
        purpose="cmx",
        system=computer.system,
    )
