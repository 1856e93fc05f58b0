"""What every site with machines promises, whoever makes them."""

from collections.abc import Callable
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
from tests.rigs.openstack.lab import Tenant

Want = Callable[..., Wanted]


@pytest.fixture(params=["in memory", "in a file"])
def simulated(request: pytest.FixtureRequest, tmp_path: Path) -> SimulatedProvider:
    world = {"world": "world.json"} if request.param == "in a file" else {}
    site = a_site("simulated", tmp_path, vms=3, **world)
    return SimulatedProvider(site, a_computer(tmp_path))


@pytest.fixture
def site(simulated: SimulatedProvider) -> HoldsThings:
    """The kinds whose things our own handlers make; those behind plugins are asked by a program."""
    return simulated


@pytest.fixture
def want(site: HoldsThings) -> Want:
    numbers = count(1)
    flavor = smallest_fitting(Size(), site.flavors())
    assert flavor is not None
    plain = {"image": site.images()[0].name, "flavor": flavor.name}

    def build(thing: Thing = Thing.VM, **props: object) -> Wanted:
        number = next(numbers)
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


@pytest.mark.timeout(900)  # the first to need it waits for the whole cloud
def test_a_site_offers_sizes_and_images(offering: MakesNodes) -> None:
    assert all(one.cpus >= 1 and one.memory_mb >= 1 for one in offering.flavors())
    assert len({one.name for one in offering.flavors()}) == len(offering.flavors()) > 0
    assert offering.images()
    assert all(one.name for one in offering.images())


@pytest.mark.timeout(900)
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
    largest = max(site.flavors(), key=lambda one: one.memory_mb).name

    # when
    props = {**wanted.props, "flavor": largest}
    changed = site.change(made.id, Wanted(Thing.VM, wanted.token, props))

    # then
    assert (changed.id, changed.outputs["flavor"]) == (made.id, largest)
    assert changed.outputs["address"] == made.outputs["address"]


def test_what_is_gone_is_gone_and_may_be_removed_again(site: HoldsThings, want: Want) -> None:
    made = site.create(want())
    site.remove(made.id)
    site.remove(made.id)
    assert site.look(made.id) is None


def test_what_is_used_is_not_removed(site: HoldsThings, want: Want) -> None:
    # given
    network = site.create(want(Thing.NETWORK))
    vm = site.create(want(networks=[network.id]))

    # then
    with pytest.raises(SiteRefused, match=vm.id):
        site.remove(network.id)
    site.remove(vm.id)
    site.remove(network.id)


@pytest.mark.parametrize("key", ["image", "flavor"])
def test_what_a_site_does_not_have_is_refused_by_name(
    site: HoldsThings, want: Want, key: str
) -> None:
    with pytest.raises(SiteRefused, match="no-such-thing"):
        site.create(want(**{key: "no-such-thing"}))


# --- what only a simulated site can be told to do -------------------------------------------------


def test_a_full_site_refuses_and_keeps_what_it_has(site: HoldsThings, want: Want) -> None:
    made = [site.create(want()) for _ in range(3)]
    with pytest.raises(SiteRefused, match="room for 3 machines") as refused:
        site.create(want())
    assert refused.value.hint
    assert [site.look(one.id) for one in made] == made


def test_a_thing_whose_answer_was_lost_is_found_by_its_token(
    simulated: SimulatedProvider, want: Want
) -> None:
    # given
    wanted = want()
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
