"""An installation whose lease is released by another run while it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, Waiting
from cloudmesh_iac.core.metal import Installation, Machine, MachineName, Needs, Power
from cloudmesh_iac.engine.installing import Outfit
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.releasing import release
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.metal.installer import Installer
from tests.unit.engine.test_releasing import LAB, LEASE, Site, a_keeper, held


@dataclass
class EndingSite(Site):
    """A site at which the lease is released in the middle of something."""

    ends_at: str = ""
    keepers: list[Keeper] = field(default_factory=list)
    is_stuck: bool = False  # whether its machines cannot be switched off after that

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        super().prepare(wanted)
        self._may_end("prepare")

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        if self.is_stuck and power is Power.OFF and not held(self.keepers[0]):
            raise SiteUnreachable("no answer")
        if power is Power.ON:
            self._may_end("switch on")
        super().switch(machine, power, lease=lease)

    def _may_end(self, place: str) -> None:
        if place == self.ends_at:
            assert release(LEASE, self.keepers[0]) == ()


def an_installer(site: EndingSite) -> Installer:
    keeper, lease = a_keeper(site, count=1)
    site.keepers.append(keeper)
    return Installer(keeper, lease, Outfit("ubuntu"), needs=Needs())


@pytest.mark.parametrize("place", ["prepare", "switch on"])
def test_a_machine_whose_lease_is_released_meanwhile_is_left_off_and_unmarked(place: str) -> None:
    # given
    site = EndingSite(ends_at=place)

    # when
    answer = an_installer(site).advance()

    # then
    assert isinstance(answer, Waiting), "the next look says that the lease is over"
    assert held(site.keepers[0]) == []
    assert site.told[-2:] == ["i1 off", "clear i1 of lease-1"]
    assert site.told.count("i1 on") == (1 if place == "switch on" else 0)


def test_a_machine_that_stays_on_without_an_owner_is_named() -> None:
    # given
    site = EndingSite(ends_at="switch on", is_stuck=True)

    # when
    answer = an_installer(site).advance()

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("i1 was switched on when its lease had ended")


def test_a_machine_that_somebody_elses_pool_has_too_is_neither_switched_nor_called_broken() -> None:
    # given
    site = EndingSite(foreign={"i1"})

    # when
    answer = an_installer(site).advance()

    # then
    assert isinstance(answer, Done)
    assert answer.reason == "its record does not carry lease-1; settle whose it is"
    assert site.told == []
    assert not any(one.is_broken for one in site.keepers[0].pool.machines(LAB))
