"""Start and stop the control plane: MariaDB, RabbitMQ, Keystone, Glance, Placement, Neutron, Nova.

The first start on a computer makes the databases and keeps them; later ones go on with a copy.
"""

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.rigs.openstack.cloud.commands import Commands, settings_of
from tests.rigs.openstack.cloud.databases import make_databases, move_endpoints
from tests.rigs.openstack.cloud.foundations import start_database, start_queue
from tests.rigs.openstack.cloud.installing import (
    cache,
    environment_of_services,
    install_servers,
)
from tests.rigs.openstack.cloud.plan import PASSWORD, Plan, Ports, free_ports
from tests.rigs.openstack.cloud.settings import write_settings
from tests.rigs.ports import answers
from tests.rigs.processes import Processes
from tests.rigs.starting import locked

_HERE = Path(__file__).parent
_PORTS = "first-port"
_MAKES_DATA = ("databases.py", "furnish.py", "settings.py")  # another one wants other data
_READY_S = 600.0


def start_cloud(folder: Path) -> None:
    """Errors: CannotStart."""
    install_servers()
    environment = environment_of_services()
    with free_ports() as ports:
        (folder / _PORTS).write_text(str(ports.first))
        start = _Start(Plan(folder, environment, ports))
        seed = cache() / f"{environment.name}-seed-{_digest()}"
        with locked(cache() / "seed.lock"):
            is_first = not seed.exists()
            if not is_first:
                shutil.copytree(seed, start.plan.data, symlinks=True)
        start.all(is_first=is_first)
        if is_first:
            start.keep(seed)
        start.commands.furnish("things")


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


def _digest() -> str:
    """Return what the kept data goes by: the modules that make it."""
    code = b"".join((_HERE / name).read_bytes() for name in _MAKES_DATA)
    return hashlib.sha256(code).hexdigest()[:12]


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
        self.commands = Commands(plan, self._processes)

    def all(self, *, is_first: bool) -> None:
        for name in ("log", "locks", "neutron", "images/ready", "images/staging", "images/tasks"):
            (self.plan.folder / name).mkdir(parents=True)
        (self.plan.data / "nova").mkdir(parents=True, exist_ok=True)
        write_settings(self.plan)
        start_queue(self.plan, self._processes)
        start_database(self.plan, self.commands)
        self._await("database")
        if is_first:
            make_databases(self.plan, self.commands)
        else:
            move_endpoints(self.plan, self.commands)
        self._serve("keystone", "keystone.wsgi.api")
        self._await("keystone")
        if is_first:
            services = {"password": PASSWORD, "services": self.plan.endpoints()}
            self.commands.furnish("catalog", json.dumps(services))
        self._start_services()
        if is_first:
            self._map_hypervisor()

    def keep(self, seed: Path) -> None:
        """Keep a copy of the data: the database stands still for as long as that takes.

        It recovers from such a copy as from a power failure.
        """
        self.commands.sql("FLUSH TABLES; FLUSH ENGINE LOGS;")
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

    def _start_services(self) -> None:
        nova = settings_of(self.plan, "nova")
        self._serve("placement", "placement.wsgi.api")
        self._serve("glance", "glance.wsgi.api")
        files = {"OS_NEUTRON_CONFIG_FILES": "neutron.conf"}
        self._serve("neutron", "neutron.wsgi.api", files)
        for name in ("nova-conductor", "nova-scheduler"):
            self._processes.start(name, [self.plan.bin / name, *nova])
        self._serve("nova-api", "nova.wsgi.osapi_compute")
        self._await("queue", "placement")
        self._processes.start("nova-compute", [self.plan.bin / "nova-compute", *nova])
        self._await("glance", "neutron", "nova-api")

    def _map_hypervisor(self) -> None:
        """Bring the hypervisor into its cell, and write its identity down for later starts."""

        def is_mapped() -> bool:
            self.commands.manage("nova-manage", "nova", "cell_v2", "discover_hosts", "--by-service")
            return self.commands.sql("SELECT COUNT(*) FROM nova_api.host_mappings") != "0"

        identity = self.plan.data / "nova" / "compute_id"

        def is_identified() -> bool:
            uuid = self.commands.sql(
                "SELECT uuid FROM nova.compute_nodes WHERE deleted = 0 LIMIT 1"
            )
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
            {
                name: partial(answers, getattr(self.plan.ports, name.removesuffix("-api")))
                for name in names
            },
            timeout_s=_READY_S,
        )
