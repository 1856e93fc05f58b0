"""What do the services of a control plane stand on? A database server and a queue."""

import shutil
from pathlib import Path

from tests.rigs.openstack.cloud.commands import Commands
from tests.rigs.openstack.cloud.plan import PASSWORD, Plan
from tests.rigs.processes import Processes
from tests.rigs.starting import CannotStart

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


def start_database(plan: Plan, commands: Commands) -> None:
    """Start MariaDB, with what it has kept or empty."""
    data = plan.data / "database"
    if not data.exists():
        data.mkdir()
        shutil.chown(data, "mysql", "mysql")
        install = ["mariadb-install-db", "--no-defaults", "--user=mysql", "--skip-test-db"]
        normal = "--auth-root-authentication-method=normal"
        commands.run("database-made", *install, normal, f"--datadir={data}")
    for path in (data, *data.rglob("*")):
        shutil.chown(path, "mysql", "mysql")
    sockets = plan.folder / "sockets"
    sockets.mkdir()
    shutil.chown(sockets, "mysql", "mysql")
    commands.processes.start(
        "database",
        [
            *("mariadbd", "--no-defaults", "--user=mysql", f"--datadir={data}"),
            *(f"--socket={plan.socket}", f"--pid-file={sockets / 'pid'}"),
            *(f"--port={plan.ports.database}", *_DATABASE_OPTIONS),
        ],
    )


def start_queue(plan: Plan, processes: Processes) -> None:
    """Start RabbitMQ. Its port mapper runs in the foreground, so that it is known as ours."""
    ports, home = plan.ports, plan.folder / "queue"
    home.mkdir()
    cookie = home / ".erlang.cookie"
    cookie.write_text(PASSWORD.upper().replace("-", ""))
    cookie.chmod(0o400)  # Erlang refuses one that others can read
    mapper = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(ports.port_mapper)}
    processes.start("port-mapper", ["epmd"], mapper)
    programs = sorted(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server"))
    if not programs:
        raise CannotStart("the package rabbitmq-server has no program rabbitmq-server")
    loopback = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
    processes.start(
        "queue",
        [programs[-1]],
        {
            **mapper,
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"cmx{ports.queue}@localhost",
            "RABBITMQ_MNESIA_BASE": str(home),
            "RABBITMQ_LOG_BASE": str(plan.logs),
            "RABBITMQ_CONFIG_FILE": str(plan.etc / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_DIST_PORT": str(ports.queue_peers),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
        },
    )
