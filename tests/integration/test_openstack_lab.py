"""A lab on a real OpenStack, from up to destroy: on our engine, and on Pulumi's."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.integration.openstack_engines import Came, Engine, Ours, Theirs
from tests.integration.openstack_labs import KEY, LABS, REBUILT, RESIZED, Lab
from tests.rigs.openstack.lab import (
    FLAVOR,
    IMAGE,
    OTHER_FLAVOR,
    OTHER_IMAGE,
    OpenStackLab,
    Tenant,
)
from tests.rigs.waiting import eventually


class Both:
    """Both engines, at the same time; what they do to their clouds is the same."""

    def __init__(self, ours: Engine, theirs: Engine) -> None:
        self.engines = (ours, theirs)

    def run(self, operation: str, program: str) -> Came:
        """Run an operation; return what came of ours."""
        with ThreadPoolExecutor(len(self.engines)) as pool:
            running = [pool.submit(one.run, operation, program) for one in self.engines]
            ours, theirs = (one.result() for one in running)
        assert not ours.has_failed, ours.words
        assert not theirs.has_failed, theirs.words
        assert ours.changes == theirs.changes
        return ours

    def everywhere(self, do: Callable[[Any], object]) -> None:
        """Do or check something in the project of each engine."""
        for engine in self.engines:
            cloud = engine.tenant.connect()
            do(cloud)
            cloud.close()


@pytest.fixture
def ours(cmx: Cmx, openstack_plugins: Path, openstack_lab: OpenStackLab) -> Iterator[Engine]:
    with openstack_lab.tenant() as tenant:
        yield Ours(cmx, tenant)


@pytest.fixture
def theirs(tmp_path: Path, pulumi_programs: Path, openstack_lab: OpenStackLab) -> Iterator[Engine]:
    with openstack_lab.tenant() as tenant:
        yield Theirs(tmp_path / "pulumi", pulumi_programs, tenant)


@pytest.fixture
def both(ours: Engine, theirs: Engine) -> Both:
    return Both(ours, theirs)


def servers(cloud: Any) -> dict[str, Any]:
    return {one.name: one for one in cloud.compute.servers()}


def changed(came: Came) -> list[tuple[str, str]]:
    """Return what was done: the method, and the name of the resource."""
    return [(change["method"], change["urn"].rpartition("::")[2]) for change in came.changes]


@pytest.fixture(params=LABS)
def lab(request: pytest.FixtureRequest) -> Lab:
    return LABS[request.param]


def test_a_lab_lives_from_plan_to_destroy_and_pulumi_does_the_same(both: Both, lab: Lab) -> None:
    # when: all is made
    plan = both.run("preview", lab.with_changes())
    made = both.run("up", lab.with_changes())

    # then
    assert f"{lab.planned} to create" in plan.words
    assert plan.changes == []
    assert len(made.changes) == lab.made
    both.everywhere(lambda cloud: everything_is_there(cloud, lab.tag))

    # and: nothing is left to do
    assert both.run("up", lab.with_changes()).changes == []

    # when: another flavor
    resized = lab.with_changes(RESIZED)
    ids = [id_of(engine.tenant, "vm1") for engine in both.engines]
    plan = both.run("preview", resized)
    done = both.run("up", resized)

    # then: the same server, bigger
    assert "it is restarted" in plan.words
    assert changed(done) == [("Update", "vm1")]
    both.everywhere(lambda cloud: flavor_is(cloud, "vm1", OTHER_FLAVOR))
    assert [id_of(engine.tenant, "vm1") for engine in both.engines] == ids

    # when: another image
    rebuilt = lab.with_changes(REBUILT)
    ids = [id_of(engine.tenant, "vm2") for engine in both.engines]
    plan = both.run("preview", rebuilt)
    done = both.run("up", rebuilt)

    # then: the same server, rebuilt, and the plan has said what that costs
    assert "its disk is lost" in plan.words
    assert changed(done) == [("Update", "vm2")]
    both.everywhere(lambda cloud: image_is(cloud, "vm2", OTHER_IMAGE))
    assert [id_of(engine.tenant, "vm2") for engine in both.engines] == ids

    # when: somebody deletes a server
    both.everywhere(lambda cloud: delete_server(cloud, "vm1"))
    again = both.run("up-refresh", rebuilt)

    # then: there is one again, and no more
    assert changed(again) == [("Create", "vm1")]
    both.everywhere(lambda cloud: names_are(cloud, {"vm0", "vm1", "vm2"}))

    # when
    both.run("destroy", rebuilt)

    # then
    both.everywhere(nothing_is_there)


def everything_is_there(cloud: Any, tag: str) -> None:
    found = servers(cloud)
    assert {name: one.status for name, one in found.items()} == dict.fromkeys(
        ("vm0", "vm1", "vm2"), "ACTIVE"
    )
    (network,) = cloud.network.networks(name="lab")
    (subnet,) = cloud.network.subnets(network_id=network.id)
    (router,) = cloud.network.routers(name="lab")
    (port,) = cloud.network.ports(name="vm0")
    (address,) = cloud.network.ips()
    (group,) = cloud.network.security_groups(name="ssh")
    assert tag in network.tags
    assert subnet.cidr == "10.9.0.0/24"
    assert router.external_gateway_info["network_id"] == address.floating_network_id
    assert list(cloud.network.ports(device_id=router.id, network_id=network.id))
    assert port.device_id == found["vm0"].id
    assert address.port_id == port.id
    assert port.security_group_ids == [group.id]
    assert 22 in {rule["port_range_min"] for rule in group.security_group_rules}
    assert cloud.compute.find_keypair("me").public_key == KEY
    for name in found:
        flavor_is(cloud, name, FLAVOR)
        image_is(cloud, name, IMAGE)


def nothing_is_there(cloud: Any) -> None:
    mine = {"project_id": cloud.current_project_id}
    assert servers(cloud) == {}
    assert list(cloud.network.networks(**mine)) == []
    assert list(cloud.network.routers(**mine)) == []
    assert list(cloud.network.ports(**mine)) == []
    assert list(cloud.network.ips(**mine)) == []
    assert [one.name for one in cloud.network.security_groups(**mine)] == ["default"]
    assert list(cloud.compute.keypairs()) == []


def names_are(cloud: Any, names: set[str]) -> None:
    assert sorted(one.name for one in cloud.compute.servers()) == sorted(names)


def flavor_is(cloud: Any, name: str, flavor: str) -> None:
    server = servers(cloud)[name]
    assert (server.status, server.flavor["original_name"]) == ("ACTIVE", flavor)


def image_is(cloud: Any, name: str, image: str) -> None:
    server = servers(cloud)[name]
    wanted = cloud.image.find_image(image)
    assert (server.status, server.image["id"]) == ("ACTIVE", wanted.id)


def delete_server(cloud: Any, name: str) -> None:
    cloud.compute.delete_server(servers(cloud)[name])
    eventually(lambda: name not in servers(cloud), within_s=120)


def id_of(tenant: Tenant, name: str) -> str:
    cloud = tenant.connect()
    try:
        return str(servers(cloud)[name].id)
    finally:
        cloud.close()
