"""Records of Cobbler as resources, on a stand-in; the real one is in tests/integration."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.cobbler.handlers import (
    CobblerDistroHandler,
    CobblerProfileHandler,
    CobblerSystemHandler,
    record_handlers,
)
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff
from cloudmesh_iac.settings.load import OpenSites, load_settings
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer
from tests.unit.providers.cobbler.fake_cobbler import FakeCobbler, a_cobbler, a_provider

PROFILE: dict[str, Any] = {"site": "lab", "name": "green", "distro": "debian", "comment": "mine"}


class Sites(OpenSites):
    """One site, whose Cobbler is a stand-in; and `local`."""

    def __init__(self, fake: FakeCobbler, folder: Path) -> None:
        computer = a_computer(folder)
        settings = load_settings(computer, folder)
        lab = Site(SiteName("lab"), "cobbler", folder)
        super().__init__(replace(settings, sites={**settings.sites, lab.name: lab}), computer)
        self._open["lab"] = a_provider(fake, folder)


@pytest.fixture
def fake() -> FakeCobbler:
    return a_cobbler("m1")


@pytest.fixture
def sites(fake: FakeCobbler, tmp_path: Path) -> Sites:
    return Sites(fake, tmp_path)


@pytest.fixture
def profiles(sites: Sites) -> CobblerProfileHandler:
    handler = CobblerProfileHandler()
    handler.sites = sites
    return handler


def checked(handler: CobblerProfileHandler, props: dict[str, Any]) -> dict[str, Any]:
    result = handler.check({}, props)
    assert not result.failures
    inputs: dict[str, Any] = result.inputs
    return inputs


def test_a_profile_is_made_read_changed_and_removed(
    fake: FakeCobbler, profiles: CobblerProfileHandler
) -> None:
    # when
    props = checked(profiles, {**PROFILE, "autoinstall_meta": {"disk": "sda"}})
    made = profiles.create(props)
    again = profiles.read(str(made.id), props)
    profiles.update(str(made.id), props, {**props, "comment": "other"})

    # then
    assert made.id == "green"
    assert again.outs == props
    record = fake.records["profile"]["green"]
    assert (record["distro"], record["comment"]) == ("debian", "other")
    assert record["autoinstall_meta"]["disk"] == "sda"

    # when
    profiles.delete("green", props)
    profiles.delete("green", props)

    # then
    assert "green" not in fake.records["profile"]
    assert profiles.read("green", props).id == ""


def test_what_somebody_changed_is_read_as_it_is(
    fake: FakeCobbler, profiles: CobblerProfileHandler
) -> None:
    # given
    props = checked(profiles, PROFILE)
    profiles.create(props)
    fake.records["profile"]["green"]["comment"] = "by hand"

    # when
    outs = profiles.read("green", props).outs
    assert outs is not None
    difference = profiles.diff("green", outs, props)

    # then
    assert outs["comment"] == "by hand"
    assert isinstance(difference, KeyedDiff)
    assert difference.keys == ("comment",)
    assert difference.replaces == []


def test_a_name_that_is_taken_is_left_to_whom_it_belongs(
    fake: FakeCobbler, profiles: CobblerProfileHandler
) -> None:
    # given
    before = dict(fake.records["profile"]["blue"])
    props = checked(profiles, {**PROFILE, "name": "blue"})

    # when
    with pytest.raises(SiteRefused, match="already, which is not of this stack"):
        profiles.create(props)

    # then
    assert fake.records["profile"]["blue"] == before
    assert profiles.find(props, props["token"]) is None


def test_a_create_that_nobody_saw_end_is_found_and_can_be_repeated(
    fake: FakeCobbler, profiles: CobblerProfileHandler
) -> None:
    # given
    props = checked(profiles, PROFILE)
    profiles.create(props)

    # when
    found = profiles.find(props, props["token"])
    before = dict(fake.records["profile"]["green"])
    profiles.create(props)

    # then
    assert found == "green"
    assert fake.records["profile"]["green"] == before


def test_what_others_stand_on_is_not_removed_with_them(fake: FakeCobbler, sites: Sites) -> None:
    distros = CobblerDistroHandler()
    distros.sites = sites
    with pytest.raises(SiteRefused, match="removal would orphan profile: idle"):
        distros.delete("debian", {"site": "lab"})
    assert "debian" in fake.records["distro"]


@pytest.fixture
def leased(fake: FakeCobbler, sites: Sites) -> tuple[CobblerSystemHandler, dict[str, Any]]:
    """Return the handler and properties of a system that somebody has."""
    systems = CobblerSystemHandler()
    systems.sites = sites
    said = {"site": "lab", "name": "m2", "profile": "idle", "interfaces": {"eth0": "52:54:00:1"}}
    props: dict[str, Any] = systems.check({}, said).inputs
    systems.create(props)
    record = fake.records["system"]["m2"]
    record["autoinstall_meta"]["cmx_lease"] = "L-1"
    record["profile"] = "blue"
    return systems, props


def test_a_system_keeps_what_its_lease_has_written_when_it_is_changed(
    fake: FakeCobbler, leased: tuple[CobblerSystemHandler, dict[str, Any]]
) -> None:
    # when
    systems, props = leased
    read = systems.read("m2", props).outs
    systems.update("m2", props, {**props, "power_user": "admin"})

    # then
    assert read == props
    record = fake.records["system"]["m2"]
    assert (record["autoinstall_meta"]["cmx_lease"], record["profile"]) == ("L-1", "blue")
    assert record["power_user"] == "admin"


def test_a_system_that_somebody_has_is_not_removed(
    fake: FakeCobbler, leased: tuple[CobblerSystemHandler, dict[str, Any]]
) -> None:
    # when
    systems, props = leased
    with pytest.raises(SiteRefused, match="the system m2 is held by the lease L-1"):
        systems.delete("m2", props)

    # then
    assert "m2" in fake.records["system"]

    # when
    del fake.records["system"]["m2"]["autoinstall_meta"]["cmx_lease"]
    systems.delete("m2", props)

    # then
    assert "m2" not in fake.records["system"]


def test_all_that_is_missing_is_told_at_once(sites: Sites) -> None:
    # given
    distros = CobblerDistroHandler()
    distros.sites = sites

    # when
    failures = distros.check({}, {"site": "lap", "name": "d"}).failures

    # then
    told = [(one.property, one.reason) for one in failures]
    assert told[:2] == [("kernel", "a distro needs kernel"), ("initrd", "a distro needs initrd")]
    assert told[2][0] == "site"
    assert "did you mean 'lab'?" in told[2][1]


def test_a_site_that_is_no_cobbler_is_refused(profiles: CobblerProfileHandler) -> None:
    failures = profiles.check({}, {**PROFILE, "site": "local"}).failures
    assert [one.reason for one in failures] == ["site 'local' is no Cobbler"]


def test_another_name_or_site_is_another_record(profiles: CobblerProfileHandler) -> None:
    difference = profiles.diff("green", PROFILE, {**PROFILE, "name": "red", "distro": "rocky"})
    assert isinstance(difference, KeyedDiff)
    assert difference.replaces == ["name"]
    assert difference.delete_before_replace
    assert difference.losses == ("machines of this profile get another system when next installed",)


def test_a_record_that_is_imported_is_read_with_all_it_has(profiles: CobblerProfileHandler) -> None:
    found = profiles.read("blue", {"site": "lab"}).outs
    assert found == {
        "site": "lab",
        "name": "blue",
        "distro": "debian",
        "autoinstall": "<<inherit>>",
    }


def test_a_checksum_needs_to_know_where_machines_get_their_files(
    fake: FakeCobbler, sites: Sites
) -> None:
    # given
    distros = record_handlers(sites)
    handler = next(one for one in distros.values() if isinstance(one, CobblerDistroHandler))
    props = {"site": "lab", "name": "d", "kernel": "/k", "initrd": "/i", "kernel_sha256": "0" * 64}

    # when
    with pytest.raises(SiteRefused, match="cannot be compared") as refused:
        handler.create(handler.check({}, props).inputs)

    # then
    assert "`web`" in (refused.value.hint or "")
    assert "d" not in fake.records["distro"]
