"""The rigs themselves: what the other integration tests stand on."""

import subprocess
from pathlib import Path

from tests.rigs.cobbler.furnishing import BLUE, GREEN
from tests.rigs.cobbler.lab import CobblerLab
from tests.rigs.openstack.lab import FLAVOR, IMAGE, OTHER_FLAVOR, OTHER_IMAGE, OUTSIDE, Tenant
from tests.rigs.pulumi.cli import VERSION
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.unprivileged import Unprivileged


def test_the_cluster_answers_its_ordinary_user(slurm: SlurmCluster) -> None:
    # when
    answer = slurm.run(["sinfo", "-h", "-p", "batch", "-o", "%D"], as_user=slurm.user)

    # then
    assert answer.stdout.split() == ["4"], answer.stderr


def test_an_ordinary_user_can_import_the_package(unprivileged: Unprivileged) -> None:
    # when
    code = (
        "import cloudmesh_iac, getpass, importlib.metadata as m, pulumi;"
        "print(getpass.getuser(), m.version('cloudmesh-iac'))"
    )
    answer = unprivileged.python("-c", code)

    # then
    assert answer.stdout.split()[0] == "cmxuser", answer.stderr
    assert list(unprivileged.home.iterdir()) == []


def test_the_pulumi_program_says_its_version(pulumi_programs: Path) -> None:
    # when
    answer = subprocess.run(
        [pulumi_programs / "pulumi", "version"], capture_output=True, text=True, check=True
    )

    # then
    assert answer.stdout.strip() == f"v{VERSION}"


def test_a_project_of_the_cloud_is_empty_and_has_what_tests_count_on(tenant: Tenant) -> None:
    # when
    cloud = tenant.connect()
    images = {one.name for one in cloud.image.images()}
    flavors = {one.name for one in cloud.compute.flavors()}
    outside = cloud.network.find_network(OUTSIDE)
    servers = list(cloud.compute.servers())
    cloud.close()

    # then
    assert images == {IMAGE, OTHER_IMAGE}
    assert {FLAVOR, OTHER_FLAVOR} < flavors
    assert outside.is_router_external
    assert servers == []


def test_the_machines_of_the_lab_are_off_and_have_no_password_in_cobbler(
    cobbler_lab: CobblerLab,
) -> None:
    # when
    cobbler = cobbler_lab.connect()
    profiles = {one["name"] for one in cobbler.get_profiles()}
    passwords = {one["power_pass"] for one in cobbler.get_systems()}

    # then
    assert {BLUE, GREEN} < profiles
    assert passwords == {""}
    assert not any(map(cobbler_lab.is_on, cobbler_lab.machines))
