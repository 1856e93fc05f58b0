"""What do the services keep? Made the first time, and told where they are in later starts."""

from concurrent.futures import ThreadPoolExecutor

from tests.rigs.openstack.cloud.commands import Commands
from tests.rigs.openstack.cloud.plan import PASSWORD, REGION, Plan

_DATABASES = ("keystone", "glance", "placement", "neutron", "nova", "nova_api", "nova_cell0")
# Nova fills in what its settings say, so that its list of cells holds on other ports.
_ANY_DATABASE = "{scheme}://{username}:{password}@{hostname}:{port}/"
_ANY_QUEUE = "{scheme}://{username}:{password}@{hostname}:{port}/"


def make_databases(plan: Plan, commands: Commands) -> None:
    """Make what the services keep, the first time on a computer."""
    grants = []
    for name in _DATABASES:
        grants.append(f"CREATE DATABASE {name};")
        grants += [
            f"GRANT ALL ON {name}.* TO 'os'@'{host}' IDENTIFIED BY '{PASSWORD}';"
            for host in ("127.0.0.1", "localhost")
        ]
    commands.sql("\n".join(grants))
    manage = commands.manage
    makers = (
        lambda: _make_keystone(plan, commands),
        lambda: _make_nova(commands),
        lambda: manage("neutron-db-manage", "neutron", "upgrade", "heads"),
        lambda: manage("glance-manage", "glance", "db_sync"),
        lambda: manage("placement-manage", "placement", "db", "sync"),
    )
    with ThreadPoolExecutor() as pool:
        for made in [pool.submit(maker) for maker in makers]:
            made.result()


def _make_keystone(plan: Plan, commands: Commands) -> None:
    manage = commands.manage
    for name in ("fernet", "credentials"):
        (plan.data / "keystone" / name).mkdir(parents=True, mode=0o700)
    manage("keystone-manage", "keystone", "db_sync")
    root = ("--keystone-user", "root", "--keystone-group", "root")
    manage("keystone-manage", "keystone", "fernet_setup", *root)
    manage("keystone-manage", "keystone", "credential_setup", *root)
    urls = []
    for interface in ("admin", "internal", "public"):
        urls += [f"--bootstrap-{interface}-url", plan.identity_url]
    account = ("--bootstrap-password", PASSWORD, "--bootstrap-region-id", REGION)
    manage("keystone-manage", "keystone", "bootstrap", *account, *urls)


def _make_nova(commands: Commands) -> None:
    manage = commands.manage
    cell0 = ("--database_connection", f"{_ANY_DATABASE}nova_cell0")
    database = ("--database_connection", f"{_ANY_DATABASE}nova")
    manage("nova-manage", "nova", "api_db", "sync")
    manage("nova-manage", "nova", "cell_v2", "map_cell0", *cell0)
    manage("nova-manage", "nova", "db", "sync")
    cell = ("cell_v2", "create_cell", "--name", "cell1")
    manage("nova-manage", "nova", *cell, *database, "--transport-url", _ANY_QUEUE)


def move_endpoints(plan: Plan, commands: Commands) -> None:
    """Tell the catalog of a copy where its services are now."""
    commands.sql(
        "\n".join(
            "UPDATE keystone.endpoint JOIN keystone.service"
            " ON endpoint.service_id = service.id"
            f" SET endpoint.url = '{url}' WHERE service.type = '{kind}';"
            for kind, url in plan.endpoints().values()
        )
    )
