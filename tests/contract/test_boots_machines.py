"""What every site promises whose machines are switched on, and installed over the network."""

import pytest

from cloudmesh_iac.core.metal import MachineName, Power, Standing
from cloudmesh_iac.errors import SiteRefused
from tests.contract.metal import KINDS, OURS, THEIRS, MetalSite
from tests.rigs.waiting import eventually

pytestmark = pytest.mark.parametrize("metal", KINDS, indirect=True)


def test_it_says_what_can_be_installed(metal: MetalSite) -> None:
    assert metal.profile in [one.name for one in metal.site.profiles()]


def test_a_machine_is_switched_on_and_off_and_twice_is_no_error(metal: MetalSite) -> None:
    machine, _ = metal.machines
    for power in (Power.OFF, Power.ON, Power.ON, Power.OFF, Power.OFF):
        # when
        metal.site.switch(machine, power)

        # then
        assert metal.standing(machine).power is power


def test_what_is_prepared_stands_at_the_record_and_is_installed_at_the_next_start(
    metal: MetalSite,
) -> None:
    # given
    machines = metal.machines
    wanted = {one.name: (one, metal.installation()) for one in machines}

    # when
    metal.site.prepare(wanted)
    metal.site.prepare(wanted)

    # then
    for machine in machines:
        standing = metal.standing(machine)
        assert (standing.lease, standing.profile) == (OURS, metal.profile)
        assert standing.boots_from_network in {True, None}
        assert standing.nonce not in metal.nonces
        assert standing.power is Power.OFF


@pytest.mark.timeout(600)
def test_an_installed_machine_tells_the_nonce_of_this_installation_and_does_not_begin_again(
    metal: MetalSite,
) -> None:
    """Both machines, so that nothing of one is taken for the other's."""
    # given
    wanted = {one.name: (one, metal.installation()) for one in metal.machines}
    metal.site.prepare(wanted)

    # when
    for machine in metal.machines:
        metal.site.switch(machine, Power.ON)
    told = eventually(lambda: _told(metal), within_s=metal.longest_s)

    # then
    assert told == {name: installation.nonce for name, (_, installation) in wanted.items()}
    for machine in metal.machines:
        assert metal.standing(machine).boots_from_network in {False, None}


def _told(metal: MetalSite) -> dict[MachineName, str] | None:
    standings = metal.site.standings(metal.machines)
    told = {name: one.nonce for name, one in standings.items() if isinstance(one, Standing)}
    return told if all(told.values()) and len(told) == len(metal.machines) else None


def test_a_lease_is_taken_off_the_record_by_its_own_release_only(metal: MetalSite) -> None:
    # given
    machine, _ = metal.machines
    metal.site.prepare({machine.name: (machine, metal.installation(OURS))})

    # when
    metal.site.clear(machine, lease=THEIRS)

    # then
    assert metal.standing(machine).lease == OURS

    # when
    metal.site.clear(machine, lease=OURS)
    metal.site.clear(machine, lease=OURS)

    # then
    assert metal.standing(machine).lease == ""
    assert metal.standing(machine).boots_from_network in {False, None}


def test_a_profile_that_is_not_there_is_refused_and_nothing_is_written(metal: MetalSite) -> None:
    # given
    machine, _ = metal.machines

    # when
    with pytest.raises(SiteRefused) as refused:
        metal.site.prepare({machine.name: (machine, metal.installation(profile="no-such-one"))})

    # then
    assert "no-such-one" in refused.value.message
    assert metal.standing(machine).lease == ""


def test_as_many_answers_as_machines(metal: MetalSite) -> None:
    assert set(metal.site.standings(metal.machines)) == {one.name for one in metal.machines}
    assert metal.site.standings([]) == {}


def test_it_is_asked_less_often_as_time_goes_on(metal: MetalSite) -> None:
    waits = [metal.site.look_after_s(looks) for looks in range(20)]
    assert waits == sorted(waits)
    assert waits[0] > 0
