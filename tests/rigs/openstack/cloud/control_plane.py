"""Start and stop the control plane: MariaDB, RabbitMQ, Keystone, Glance, Placement, Neutron, Nova.

The first start on a computer makes the databases and keeps them; later ones go on with a copy.
"""

import json
import os
import shutil
import signal
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.rigs.openstack.cloud.installing import (
    cache,
    environment_of_services,
    install_servers,
)
from tests.rigs.openstack.cloud.plan import PASSWORD, REGION, Plan, Ports, free_ports
from tests.rigs.openstack.cloud.settings import file_name, write_settings
from tests.rigs.processes import Processes
from tests.rigs.starting import CannotStart, locked

_HERE = Path(__file__).parent
_DATABASES = ("keystone", "glance", "placement", "neutron", "nova", "nova_api", "nova_cell0")
_PORTS = "first-port"
_READY_S = 600.0
_COMMAND_S = 900.0
# Settings of the database that give up safety for speed: what is in it may be lost.
_DATABASE_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--max-connections=400",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-log-file-size=16M",
    "--skip-log-bin",
    "--performance-schema=0",
    "--character-set-server=utf8mb3",
)
# Nova fills in what its settings say, so that its list of cells holds on other ports.
_ANY_DATABASE = "{scheme}://{username}:{password}@{hostname}:{port}/"
_ANY_QUEUE = "{scheme}://{username}:{password}@{hostname}:{port}/"


def start_cloud(folder: Path) -> None:
    """Errors: CannotStart."""
    install_servers()
    environment = environment_of_services()
    with free_ports() as ports:
        (folder / _PORTS).write_text(str(ports.first))
        start = _Start(Plan(folder, environment, ports))
        seed = cache() / f"{environment.name}-seed"
        with locked(cache() / "seed.lock"):
            is_first = not seed.exists()
            if not is_first:
                shutil.copytree(seed, start.plan.data, symlinks=True)
        start.all(is_first=is_first)
        if is_first:
            start.keep(seed)
        start.furnish("things")


def plan_of(folder: Path) -> Plan:
    """Return the plan of a cloud that is running."""
    first = int((folder / _PORTS).read_text())
    return Plan(folder, environment_of_services(), Ports(first))


def stop_cloud(folder: Path) -> None:
    """End all its processes, the services before what they stand on, and remove its folder."""
    processes = Processes(folder, folder / "log", {})
    apis = ("nova-api", "neutron", "placement", "glance", "keystone")
    processes.stop(
        ("nova-compute", "nova-scheduler", "nova-conductor", *apis, "queue"), within_s=15
    )
    processes.stop(("database",), within_s=15)
    processes.stop_rest(within_s=5)
    shutil.rmtree(folder, ignore_errors=True)


class _Start:
    """One start of a control plane."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._processes = Processes(
            plan.folder,
            plan.logs,
            {
                "PYTHONPATH": str(_HERE / "neutron_driver"),
                "PYTHONWARNINGS": "ignore",
                "OS_NOVA_DISABLE_EVENTLET_PATCHING": "true",
                "OS_CLIENT_CONFIG_FILE": str(plan.clouds),
            },
        )

    def all(self, *, is_first: bool) -> None:
        for name in ("log", "locks", "neutron", "images/ready", "images/staging", "images/tasks"):
            (self.plan.folder / name).mkdir(parents=True)
        (self.plan.data / "nova").mkdir(parents=True, exist_ok=True)
        write_settings(self.plan)
        self._start_queue()
        self._start_database()
        if is_first:
            self._make_databases()
        else:
            self._move_endpoints()
        self._serve("keystone", "keystone.wsgi.api")
        self._await("keystone")
        if is_first:
            services = {"password": PASSWORD, "services": self.plan.endpoints()}
            self.furnish("catalog", json.dumps(services))
        self._start_services()
        if is_first:
            self._map_hypervisor()

    def furnish(self, what: str, told: str = "") -> None:
        script = (self.plan.bin / "python", _HERE / "furnish.py", what)
        self._processes.run("furnish", script, piped=told, timeout_s=_COMMAND_S)

    def keep(self, seed: Path) -> None:
        """Keep a copy of the data: the database stands still for as long as that takes.

        It recovers from such a copy as from a power failure.
        """
        self._sql("FLUSH TABLES; FLUSH ENGINE LOGS;")
        pid = self._processes.pid("database")
        assert pid is not None
        draft = seed.with_name(f"{seed.name}-draft-{os.getpid()}")
        os.kill(pid, signal.SIGSTOP)
        try:
            shutil.copytree(self.plan.data, draft, symlinks=True)
        finally:
            os.kill(pid, signal.SIGCONT)
        with locked(cache() / "seed.lock"):
            if seed.exists():
                shutil.rmtree(draft)
            else:
                draft.replace(seed)

    # --- what the services stand on ---------------------------------------------------------------

    def _start_database(self) -> None:
        data = self.plan.data / "database"
        if not data.exists():
            data.mkdir()
            shutil.chown(data, "mysql", "mysql")
            install = ["mariadb-install-db", "--no-defaults", "--user=mysql", "--skip-test-db"]
            normal = "--auth-root-authentication-method=normal"
            self._run("database-made", *install, normal, f"--datadir={data}")
        for path in (data, *data.rglob("*")):
            shutil.chown(path, "mysql", "mysql")
        sockets = self.plan.folder / "sockets"
        sockets.mkdir()
        shutil.chown(sockets, "mysql", "mysql")
        self._processes.start(
            "database",
            [
                *("mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}"),
                *(f"--socket={self.plan.socket}", f"--pid-file={sockets / 'pid'}"),
                *(f"--port={self.plan.ports.database}", *_DATABASE_OPTIONS),
            ],
        )
        self._await("database")

    def _start_queue(self) -> None:
        """The Erlang port mapper runs in the foreground, so that it is known as ours."""
        ports, home = self.plan.ports, self.plan.folder / "queue"
        home.mkdir()
        cookie = home / ".erlang.cookie"
        cookie.write_text(PASSWORD.upper().replace("-", ""))
        cookie.chmod(0o400)  # Erlang refuses one that others can read
        mapper = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(ports.port_mapper)}
        self._processes.start("port-mapper", ["epmd"], mapper)
        programs = sorted(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server"))
        if not programs:
            raise CannotStart("the package rabbitmq-server has no program rabbitmq-server")
        loopback = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
        self._processes.start(
            "queue",
            [programs[-1]],
            {
                **mapper,
                "HOME": str(home),
                "RABBITMQ_NODENAME": f"cmx{ports.queue}@localhost",
                "RABBITMQ_MNESIA_BASE": str(home),
                "RABBITMQ_LOG_BASE": str(self.plan.logs),
                "RABBITMQ_CONFIG_FILE": str(self.plan.etc / "rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
                "RABBITMQ_PID_FILE": str(home / "pid"),
                "RABBITMQ_DIST_PORT": str(ports.queue_peers),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            },
        )

    def _make_databases(self) -> None:
        grants = []
        for name in _DATABASES:
            grants.append(f"CREATE DATABASE {name};")
            grants += [
                f"GRANT ALL ON {name}.* TO 'os'@'{host}' IDENTIFIED BY '{PASSWORD}';"
                for host in ("127.0.0.1", "localhost")
            ]
        self._sql("\n".join(grants))
        makers = (
            self._make_keystone,
            self._make_nova,
            lambda: self._manage("neutron-db-manage", "neutron", "upgrade", "heads"),
            lambda: self._manage("glance-manage", "glance", "db_sync"),
            lambda: self._manage("placement-manage", "placement", "db", "sync"),
        )
        with ThreadPoolExecutor() as pool:
            for made in [pool.submit(maker) for maker in makers]:
                made.result()

    def _make_keystone(self) -> None:
        for name in ("fernet", "credentials"):
            (self.plan.data / "keystone" / name).mkdir(parents=True, mode=0o700)
        self._manage("keystone-manage", "keystone", "db_sync")
        root = ("--keystone-user", "root", "--keystone-group", "root")
        self._manage("keystone-manage", "keystone", "fernet_setup", *root)
        self._manage("keystone-manage", "keystone", "credential_setup", *root)
        urls = []
        for interface in ("admin", "internal", "public"):
            urls += [f"--bootstrap-{interface}-url", self.plan.identity_url]
        account = ("--bootstrap-password", PASSWORD, "--bootstrap-region-id", REGION)
        self._manage("keystone-manage", "keystone", "bootstrap", *account, *urls)

    def _make_nova(self) -> None:
        cell0 = ("--database_connection", f"{_ANY_DATABASE}nova_cell0")
        database = ("--database_connection", f"{_ANY_DATABASE}nova")
        self._manage("nova-manage", "nova", "api_db", "sync")
        self._manage("nova-manage", "nova", "cell_v2", "map_cell0", *cell0)
        self._manage("nova-manage", "nova", "db", "sync")
        cell = ("cell_v2", "create_cell", "--name", "cell1")
        self._manage("nova-manage", "nova", *cell, *database, "--transport-url", _ANY_QUEUE)

    def _move_endpoints(self) -> None:
        """Tell the catalog of a copy where its services are now."""
        self._sql(
            "\n".join(
                "UPDATE keystone.endpoint JOIN keystone.service"
                " ON endpoint.service_id = service.id"
                f" SET endpoint.url = '{url}' WHERE service.type = '{kind}';"
                for kind, url in self.plan.endpoints().values()
            )
        )

    # --- the services -----------------------------------------------------------------------------

    def _start_services(self) -> None:
        self._serve("placement", "placement.wsgi.api")
        self._serve("glance", "glance.wsgi.api")
        files = {"OS_NEUTRON_CONFIG_FILES": "neutron.conf"}
        self._serve("neutron", "neutron.wsgi.api", files)
        for name in ("nova-conductor", "nova-scheduler"):
            self._processes.start(name, [self.plan.bin / name, *self._settings_of("nova")])
        self._serve("nova-api", "nova.wsgi.osapi_compute")
        self._await("queue", "placement")
        self._processes.start(
            "nova-compute", [self.plan.bin / "nova-compute", *self._settings_of("nova")]
        )
        self._await("glance", "neutron", "nova-api")

    def _map_hypervisor(self) -> None:
        """Bring the hypervisor into its cell, and write its identity down for later starts."""

        def is_mapped() -> bool:
            self._manage("nova-manage", "nova", "cell_v2", "discover_hosts", "--by-service")
            return self._asked("SELECT COUNT(*) FROM nova_api.host_mappings") != "0"

        identity = self.plan.data / "nova" / "compute_id"

        def is_identified() -> bool:
            uuid = self._asked("SELECT uuid FROM nova.compute_nodes WHERE deleted = 0 LIMIT 1")
            identity.write_text(uuid)
            return bool(uuid)

        for is_done in (is_mapped, is_identified):
            self._processes.await_all({"nova-compute": is_done}, timeout_s=_READY_S)

    def _serve(self, name: str, module: str, more: Mapping[str, str] | None = None) -> None:
        service = name.removesuffix("-api")
        port: int = getattr(self.plan.ports, service)
        folder = {f"OS_{service.upper()}_CONFIG_DIR": str(self.plan.etc / service)}
        script = (self.plan.bin / "python", _HERE / "serve.py", module, str(port))
        self._processes.start(name, script, {**folder, **(more or {})})

    def _await(self, *names: str) -> None:
        self._processes.await_all(
            {name: _answers(getattr(self.plan.ports, name.removesuffix("-api"))) for name in names},
            timeout_s=_READY_S,
        )

    # --- commands ---------------------------------------------------------------------------------

    def _settings_of(self, service: str) -> tuple[str, str]:
        return "--config-file", str(self.plan.etc / service / file_name(service))

    def _manage(self, program: str, service: str, *words: str) -> None:
        name = f"{service}-made"
        self._run(name, self.plan.bin / program, *self._settings_of(service), *words)

    def _run(self, name: str, *argv: str | Path) -> None:
        self._processes.run(name, argv, timeout_s=_COMMAND_S)

    def _sql(self, statements: str) -> str:
        client = ("mariadb", "--no-defaults", "-uroot", "-S", self.plan.socket, "-N")
        return self._processes.run("sql", client, piped=statements, timeout_s=_COMMAND_S)

    def _asked(self, statement: str) -> str:
        return self._sql(statement).strip()


def _answers(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    return ask
