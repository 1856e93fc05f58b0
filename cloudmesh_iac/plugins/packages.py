"""Start the plugin of a package: the port `Packages`."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc
from google.protobuf.empty_pb2 import Empty

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, Parameter
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.instances import Instance
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.accepting import Accepts
from cloudmesh_iac.plugins.answers import to_accepts
from cloudmesh_iac.plugins.connection import Connection
from cloudmesh_iac.plugins.engine_service import EngineService
from cloudmesh_iac.plugins.finding import Places, find_program, version_order
from cloudmesh_iac.plugins.instance import PluginInstance
from cloudmesh_iac.plugins.process import Attached, Peer, PluginProcess, Start, start_process
from cloudmesh_iac.plugins.refusals import is_unimplemented, to_failure
from cloudmesh_iac.plugins.schemas import Schema, SchemaShelf
from cloudmesh_iac.wire.protos import plugin_pb2
from cloudmesh_iac.wire.protos import provider_pb2 as wire

ON_A_LOGIN_NODE = Failure(
    "no plugin is started on a login node: its port has no password, so that everybody here could"
    " use your credentials",
    "run it on a computer of your own; or ask the administrator for"
    " `plugins: {on_login_node: true}` in /etc/cloudmesh/site.yaml",
)
_PORT_S = 60.0  # a big program on a network file system, on a busy computer
_READY_S = 10.0
_HANDSHAKE_S = 60.0
_SCHEMA_S = 60.0  # some are tens of megabytes
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class Around:
    """What all plugins of a run have around them.

    `environment` is what each process gets, `ours` what variables may be taken from. `schemas` is
    where schemas are kept. Each is asked `at_once` things at a time, None for any number. `refusal`
    says why none may be started here at all.
    """

    environment: Mapping[str, str]
    ours: Mapping[str, str]
    folder: Path
    python: str
    schemas: SchemaShelf
    at_once: int | None = None
    refusal: Failure | None = None


class PluginPackages:
    """Satisfies `engine.instances.Packages`; `fetch` brings a plugin that is not here."""

    def __init__(
        self,
        places: Places,
        around: Around,
        *,
        events: Events,
        fetch: Callable[[Package], Path | Failure],
    ) -> None:
        self._places = places
        self._around = around
        self._events = events
        self._fetch = fetch
        self._engine = EngineService(events)
        self._lock = threading.Lock()
        self._started: list[PluginInstance] = []

    def load(self, package: Package) -> Instance | Failure:
        try:
            return self._around.refusal or self._load(package)
        except CmxError as error:
            return Failure.of(error)

    def close(self) -> None:
        with self._lock:
            started, self._started = self._started, []
        for instance in started:
            instance.close()
        self._engine.close()

    def _load(self, package: Package) -> Instance | Failure:
        port = self._places.attached.get(package.name)
        if port is not None:
            return self._greet(package, Attached(port), program=None)
        program = find_program(package, self._places) or self._fetch(package)
        if isinstance(program, Failure):
            return program
        process = self._start(package, program)
        try:
            process.await_port(_PORT_S)
        except CmxError as error:
            process.stop()
            return _not_started(package, error, process, place=program)
        return self._greet(package, process, program=program)

    def _start(self, package: Package, program: Path) -> PluginProcess:
        taken = {
            there: self._around.ours[here]
            for there, here in package.environment
            if here in self._around.ours
        }
        start = Start(
            program,
            self._engine.address(),
            {**self._around.environment, **taken},
            self._around.folder,
            self._around.python,
        )
        return start_process(start, lambda line: self._events.tell(LogLine(line, level="debug")))

    def _greet(self, package: Package, peer: Peer, *, program: Path | None) -> Instance | Failure:
        folder = None if program is None else program.parent
        connection = Connection(str(package), peer, at_once=self._around.at_once)
        try:
            connection.await_ready(_READY_S)
            accepts = self._shake_hands(connection, folder)
            if package.parameter is not None:
                _parameterize(connection, package.parameter)
        except CmxError as error:
            connection.close()
            return _not_started(package, error, peer, place=folder)
        self._warn_of_age(package, connection)
        instance = PluginInstance(
            connection,
            accepts,
            partial(self._schema, package, program, connection),
            warn=self._warn,
        )
        with self._lock:
            self._started.append(instance)
        return instance

    def _schema(
        self, package: Package, program: Path | None, connection: Connection
    ) -> Schema | None:
        request = wire.GetSchemaRequest()
        if package.parameter is not None:
            request.subpackage_name = package.parameter.name
            request.subpackage_version = package.parameter.version

        def ask() -> str:
            try:
                schema: str = connection.stub.GetSchema(request, timeout=_SCHEMA_S).schema
            except grpc.RpcError:
                return ""  # it has none
            return schema

        return self._around.schemas.schema(package, program, ask)

    def _warn(self, urn: Urn, words: str) -> None:
        self._events.tell(LogLine(words, urn, "warning"))

    def _warn_of_age(self, package: Package, connection: Connection) -> None:
        """A plugin from a folder without a version, or from `$PATH`, may be an older one."""
        try:
            said = connection.stub.GetPluginInfo(Empty(), timeout=_READY_S).version
        except grpc.RpcError:
            return  # it does not say
        version = said.removeprefix("v")
        if package.version and version and version_order(version) < version_order(package.version):
            words = f"the plugin {package.name} is version {version}; {package.version} is wanted"
            self._events.tell(LogLine(words, level="warning"))

    def _shake_hands(self, connection: Connection, folder: Path | None) -> Accepts | None:
        """Return what the plugin understands; None if it will say so later. Errors: CmxError."""
        address = self._engine.address()
        request = wire.ProviderHandshakeRequest(
            engine_address=address,
            configure_with_urn=True,
            invoke_with_preview=True,
            root_directory=None if folder is None else str(folder),
            program_directory=None if folder is None else str(folder),
        )
        accepts = None
        try:
            if folder is None:
                connection.stub.Attach(plugin_pb2.PluginAttach(address=address), timeout=_READY_S)
            accepts = to_accepts(connection.stub.Handshake(request, timeout=_HANDSHAKE_S))
        except grpc.RpcError as error:
            if not is_unimplemented(error):
                raise CmxError(to_failure(error, changes=False).message) from error
        return accepts


def _parameterize(connection: Connection, parameter: Parameter) -> None:
    """Make the plugin serve another package. Errors: CmxError with what it says."""
    value = wire.ParameterizeRequest.ParametersValue(
        name=parameter.name, version=parameter.version, value=parameter.value
    )
    try:
        reply = connection.stub.Parameterize(
            wire.ParameterizeRequest(value=value), timeout=_HANDSHAKE_S
        )
    except grpc.RpcError as error:
        raise CmxError(to_failure(error, changes=False).message) from error
    if reply.name != parameter.name:
        raise CmxError(f"it serves {reply.name} now, not {parameter.name}")


def _not_started(package: Package, error: CmxError, peer: Peer, *, place: Path | None) -> Failure:
    words = peer.last_words().splitlines()[-_SHOWN_LINES:]
    said = f"; it said: {' | '.join(words)}" if words else ""
    where = f"start it by hand to see more: {place}" if place is not None else ""
    return Failure(f"the plugin {package} did not start: {error.message}{said}", where)
