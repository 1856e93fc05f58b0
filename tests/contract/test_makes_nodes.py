"""What every site with machines promises, whoever makes them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.nodes import Counted, Made, Size, Thing, Wanted, smallest_fitting
from cloudmesh_iac.engine.node_abilities import (
    HoldsThings,
    ListsInventory,
    MakesNodes,
    Quotes,
)
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.openstack.provider import OpenStackProvider
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from tests.contract.jobs import a_computer, a_site
from tests.contract.openstack_things import OpenStackThings
from tests.rigs.openstack.lab import OpenStackLab, Tenant

Want = Callable[..., Wanted]
ROOM = 3
_numbers = count(1)  # no token comes twice: a cloud is there for several tests


def a_simulated_site(folder: Path, **options: object) -> SimulatedProvider:
    return SimulatedProvider(a_site("simulated", folder, vms=ROOM, **options), a_computer(folder))


@pytest.fixture(scope="module")
def cloud(
    openstack_plugins: Path,
    openstack_lab: OpenStackLab,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OpenStackThings]:
    """A project of a real cloud, empty for each test, and its plugin."""
    folder = tmp_path_factory.mktemp("cloud")
    with openstack_lab.tenant() as tenant, pytest.MonkeyPatch.context() as patch:
        openstack_lab.limit_servers(tenant, ROOM)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(tenant.file))
        known = {"OS_CLIENT_CONFIG_FILE": str(tenant.file), "HOME": str(folder)}
        things = OpenStackThings(
            a_site("openstack", folder, cloud="lab"),
            a_computer(folder, environment=known),
            plugins=openstack_plugins,
        )
        yield things
        things.close()


@pytest.fixture(params=["simulated", "simulated in a file", "openstack"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HoldsThings]:
    """Each kind that has machines, with room for three; a real cloud where its rig runs."""
    if request.param == "openstack":
        things: OpenStackThings = request.getfixturevalue("cloud")
        yield things
        things.empty()
    else:
        world = {} if request.param == "simulated" else {"world": "world.json"}
        yield a_simulated_site(tmp_path, **world)


@pytest.fixture
def want(site: HoldsThings) -> Want:
    return wanting(site)


def wanting(site: HoldsThings) -> Want:
    """Return who says what is wanted of a site; machines are in a network of their own."""
    flavor = smallest_fitting(Size(), site.flavors())
    assert flavor is not None
    network = site.create(Wanted(Thing.NETWORK, f"lan{next(_numbers)}", {"name": "lan"}))
    asked = {"name": "lan", "network": network.id, "cidr": "10.8.0.0/24"}
    site.create(Wanted(Thing.SUBNET, f"lan{next(_numbers)}", asked))
    plain = {
        "image": site.images()[0].name,
        "flavor": flavor.name,
        "networks": [network.id],
        "tags": {},
    }

    def build(thing: Thing = Thing.VM, **props: object) -> Wanted:
        number = next(_numbers)
        base = {**plain, "name": f"head-{number}"} if thing is Thing.VM else {"name": "lab"}
        return Wanted(thing, f"token{number}", {**base, **props})

    return build


@pytest.fixture(params=["simulated", "openstack"])
def offering(request: pytest.FixtureRequest, tmp_path: Path) -> MakesNodes:
    """Each kind that has machines; a real cloud where its rig runs."""
    if request.param == "simulated":
        return SimulatedProvider(a_site("simulated", tmp_path), a_computer(tmp_path))
    tenant: Tenant = request.getfixturevalue("tenant")
    file = tmp_path / "openrc.sh"
    file.write_text("".join(f"export {key}='{one}'\n" for key, one in tenant.environment.items()))
    site = a_site("openstack", tmp_path, openrc=str(file))
    return OpenStackProvider(site, a_computer(tmp_path))


def test_a_site_offers_sizes_and_images(offering: MakesNodes) -> None:
    assert all(one.cpus >= 1 and one.memory_mb >= 1 for one in offering.flavors())
    assert len({one.name for one in offering.flavors()}) == len(offering.flavors()) > 0
    assert offering.images()
    assert all(one.name for one in offering.images())


def test_a_site_lists_what_is_there_and_what_may_be(offering: MakesNodes) -> None:
    assert isinstance(offering, ListsInventory)
    assert isinstance(offering, Quotes)
    assert offering.machines() == []
    used = {one.what: one.used for one in offering.allowances()}
    assert used[Counted.MACHINES] == 0


def test_a_machine_is_there_as_it_was_wanted(site: HoldsThings, want: Want) -> None:
    # given
    wanted = want(name="head", tags={"cmx_owner": "ada"})

    # when
    made = site.create(wanted)

    # then
    assert site.look(made.id) == made
    assert made.outputs["name"] == "head"
    assert made.outputs["tags"] == {"cmx_owner": "ada"}
    assert made.outputs["address"]


def test_a_create_that_is_repeated_makes_nothing_twice(site: HoldsThings, want: Want) -> None:
    wanted = want()
    assert site.create(wanted) == site.create(wanted)
    found = site.find(wanted.token)
    assert found is not None
    assert site.find("another token") is None


def test_a_change_keeps_the_machine_and_its_address(site: HoldsThings, want: Want) -> None:
    # given
    wanted = want()
    made = site.create(wanted)
    larger = sorted(site.flavors(), key=lambda one: one.memory_mb)[1].name

    # when
    props = {**wanted.props, "flavor": larger}
    changed = site.change(made.id, Wanted(Thing.VM, wanted.token, props))

    # then
    assert (changed.id, changed.outputs["flavor"]) == (made.id, larger)
    assert changed.outputs["address"] == made.outputs["address"]


def test_what_is_gone_is_gone_and_may_be_removed_again(site: HoldsThings, want: Want) -> None:
    made = site.create(want())
    site.remove(made.id)
    site.remove(made.id)
    assert site.look(made.id) is None


def test_what_is_used_is_not_removed(site: HoldsThings, want: Want) -> None:
    # given
    network = site.create(want(Thing.NETWORK))
    subnet = site.create(want(Thing.SUBNET, network=network.id, cidr="10.9.0.0/24"))
    vm = site.create(want(networks=[network.id]))

    # then
    with pytest.raises(SiteRefused, match=f"{vm.id}|in use"):
        site.remove(network.id)
    assert site.look(network.id) == network
    site.remove(vm.id)
    site.remove(subnet.id)
    site.remove(network.id)
    assert site.look(network.id) is None


@pytest.mark.parametrize("key", ["image", "flavor"])
def test_what_a_site_does_not_have_is_refused_by_name(
    site: HoldsThings, want: Want, key: str
) -> None:
    with pytest.raises(SiteRefused, match="no-such-thing"):
        site.create(want(**{key: "no-such-thing"}))


def test_a_full_site_refuses_and_keeps_what_it_has(site: HoldsThings, want: Want) -> None:
    made = [site.create(want()) for _ in range(ROOM)]
    with pytest.raises(SiteRefused, match=r"room for 3 machines|Quota exceeded") as refused:
        site.create(want())
    assert refused.value.hint
    assert [site.look(one.id) for one in made] == made


# --- what only a simulated site can be told to do -------------------------------------------------


def test_a_thing_whose_answer_was_lost_is_found_by_its_token(tmp_path: Path) -> None:
    # given
    simulated = a_simulated_site(tmp_path)
    wanted = wanting(simulated)()
    simulated.cloud.lose_next_answer()

    # when
    with pytest.raises(SiteUnreachable):
        simulated.create(wanted)

    # then
    found = simulated.find(wanted.token)
    assert isinstance(found, Made)
    assert simulated.create(wanted) == found


def test_two_that_look_at_one_file_see_the_same(tmp_path: Path) -> None:
    # given
    site = a_site("simulated", tmp_path, world="world.json")
    one = SimulatedProvider(site, a_computer(tmp_path))
    made = one.create(Wanted(Thing.NETWORK, "t", {"name": "lab"}))

    # when
    another = replace(site, name=SiteName("again"))

    # then
    assert SimulatedProvider(another, a_computer(tmp_path)).look(made.id) == made
