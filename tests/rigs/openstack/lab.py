"""The OpenStack of a test run, and projects in it that tests have for themselves."""

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.rigs.openstack.cloud.control_plane import plan_of, start_cloud, stop_cloud
from tests.rigs.openstack.cloud.plan import PASSWORD, REGION
from tests.rigs.openstack.cloud.settings import clouds_yaml
from tests.rigs.sharing import Shared
from tests.rigs.waiting import eventually

IMAGE, OTHER_IMAGE = "rocky-9", "rocky-10"
FLAVOR, OTHER_FLAVOR = "m3.tiny", "m3.small"
ENDLESS = "m3.endless"  # more memory than the cloud has
OUTSIDE = "public"
_INTERFACE = "network:router_interface"
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Tenant:
    """A project with one user. `file` is its clouds.yaml, with one cloud, `lab`."""

    name: str
    project_id: str
    identity_url: str
    file: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client needs that knows no clouds.yaml."""
        return {
            "OS_AUTH_URL": self.identity_url,
            "OS_USERNAME": self.name,
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": self.name,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": REGION,
        }

    def connect(self) -> Any:
        """Return a connection of openstacksdk: who asks the services what is really there."""
        return _connect(self.file)


@dataclass(frozen=True, slots=True)
class OpenStackLab:
    """Keystone, Nova with a pretended hypervisor, Neutron, Glance, Placement, on loopback.

    There are two images, two flavors and one that nothing fits into, and a network that leads
    outside. Servers become active and are never more than records.
    """

    folder: Path

    def admin(self) -> Any:
        return _connect(plan_of(self.folder).clouds)

    @property
    def keystone_port(self) -> int:
        return plan_of(self.folder).ports.keystone

    def limit_servers(self, tenant: Tenant, count: int) -> None:
        """Give a project a quota of so many servers."""
        admin = self.admin()
        admin.compute.update_quota_set(tenant.project_id, instances=count)
        admin.close()

    @contextmanager
    def tenant(self) -> Iterator[Tenant]:
        """Make a project without quotas; remove it and all that is left in it."""
        plan = plan_of(self.folder)
        name = f"tenant-{os.getpid()}-{next(_numbers)}"
        admin = self.admin()
        project = admin.identity.create_project(name=name, domain_id="default")
        user = admin.identity.create_user(
            name=name, password=PASSWORD, domain_id="default", default_project_id=project.id
        )
        for role in ("member", "reader"):
            admin.identity.assign_project_role_to_user(
                project, user, admin.identity.find_role(role)
            )
        file = self.folder / f"{name}.yaml"
        file.write_text(clouds_yaml(plan, user=name, project=name))
        tenant = Tenant(name, project.id, plan.identity_url, file)
        try:
            yield tenant
        finally:
            _empty(tenant.connect())
            admin.identity.delete_user(user)
            admin.identity.delete_project(project)
            admin.close()
            file.unlink()


def shared_lab() -> Shared:
    return Shared(Path("/tmp/cmx-openstack"), start=start_cloud, stop=stop_cloud)


def _connect(file: Path) -> Any:
    """The SDK is imported late: most test runs need none."""
    files = import_module("openstack.config").OpenStackConfig(
        config_files=[str(file)], load_envvars=False
    )
    cloud = files.get_one("lab", app_name="cmx-tests")
    return import_module("openstack.connection").Connection(config=cloud)


def _empty(cloud: Any) -> None:
    """Take away what a test has left behind."""
    for server in cloud.compute.servers():
        cloud.compute.delete_server(server, force=True)
    eventually(lambda: not list(cloud.compute.servers()), within_s=120)
    for ip in cloud.network.ips():
        cloud.network.delete_ip(ip)
    mine = {"project_id": cloud.current_project_id}
    for router in cloud.network.routers(**mine):
        for port in cloud.network.ports(device_id=router.id, device_owner=_INTERFACE):
            cloud.network.remove_interface_from_router(router, port_id=port.id)
        cloud.network.delete_router(router)
    for port in cloud.network.ports(**mine):
        cloud.network.delete_port(port)
    for network in cloud.network.networks(**mine):
        cloud.network.delete_network(network)
    for group in cloud.network.security_groups(**mine):
        if group.name != "default":  # Neutron makes that, and keeps it
            cloud.network.delete_security_group(group)
    for key in cloud.compute.keypairs():
        cloud.compute.delete_keypair(key)
    cloud.close()
