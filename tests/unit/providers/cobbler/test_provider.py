"""What a site of machines tells Cobbler, on a stand-in; tests/integration has the real one."""

from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.metal import (
    Controller,
    Installation,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    Power,
    Standing,
)
from cloudmesh_iac.engine.booting import HeldElsewhere
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable, UsageProblem
from cloudmesh_iac.providers.cobbler.provider import CobblerProvider
from cloudmesh_iac.providers.cobbler.settings import read_settings
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer
from tests.unit.providers.cobbler.fake_cobbler import FakeCobbler, a_cobbler, a_provider

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"
OTHER_KEY = KEY.replace("Fake me", "Else me")
M1, M2 = (Machine(MachineName(name), f"52:54:00:00:00:0{name[1]}") for name in ("m1", "m2"))


def wanted(
    *machines: Machine, lease: str = "L-1", profile: str = "blue"
) -> dict[MachineName, tuple[Machine, Installation]]:
    owner = LeaseOwner("alice", "bench")
    what = Installation(LeaseId(lease), owner, profile, "n0nce")
    return {one.name: (one, what) for one in machines}


@pytest.fixture
def fake() -> FakeCobbler:
    return a_cobbler("m1", "m2")


@pytest.fixture
def cobbler(fake: FakeCobbler, tmp_path: Path) -> CobblerProvider:
    return a_provider(fake, tmp_path)


def test_one_set_of_changes_is_made_visible_once(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    # when
    cobbler.prepare(wanted(M1, M2))

    # then
    assert fake.calls.count("background_syncsystems") == 1
    assert [fake.records["system"][name]["profile"] for name in ("m1", "m2")] == ["blue", "blue"]


def test_what_is_so_already_is_not_written_again(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    # given
    cobbler.prepare(wanted(M1))
    fake.calls.clear()

    # when
    cobbler.prepare(wanted(M1))

    # then
    assert "modify_item" not in fake.calls


def test_what_was_changed_and_not_saved_when_a_run_died_is_saved_by_the_next(
    fake: FakeCobbler, tmp_path: Path
) -> None:
    # given
    def dies(method: str, *arguments: Any) -> Any:
        if method == "save_item":
            raise SiteUnreachable("we were killed here")
        return fake(method, *arguments)

    with pytest.raises(SiteUnreachable):
        a_provider(dies, tmp_path).prepare(wanted(M1))
    assert fake.records["system"]["m1"]["netboot_enabled"]
    assert "system m1" not in fake.saved

    # when
    a_provider(fake, tmp_path).prepare(wanted(M1))

    # then
    assert fake.saved["system m1"]["netboot_enabled"]
    assert fake.calls.count("background_syncsystems") == 1


def test_a_record_with_another_lease_is_left_alone(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    # given
    cobbler.prepare(wanted(M2, lease="L-9"))
    before = dict(fake.records["system"]["m1"])

    # when
    with pytest.raises(SiteRefused, match="carries the lease L-9, not L-1"):
        cobbler.prepare(wanted(M1, M2))
    with pytest.raises(HeldElsewhere, match="carries the lease L-9, not L-1"):
        cobbler.switch(M2, Power.OFF, lease="L-1")
    cobbler.clear(M2, lease="L-1")

    # then
    assert "power_system" not in fake.calls
    assert fake.records["system"]["m1"] == before
    assert fake.records["system"]["m2"]["autoinstall_meta"]["cmx_lease"] == "L-9"


def test_a_machine_that_only_the_inventory_knows_is_told_to_cobbler_before_it_is_switched(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    # given
    controller = Controller("cobbler", "10.0.0.3", user="admin", secret="env:BMC")
    new = Machine(MachineName("m3"), "52:54:00:00:00:03", controller=controller)

    # when
    cobbler.switch(new, Power.OFF)
    cobbler.prepare(wanted(new))

    # then
    made = fake.records["system"]["m3"]
    assert made["interfaces"] == {"eth0": {"mac_address": new.mac}}
    assert (made["power_type"], made["power_address"]) == ("ipmilan", "10.0.0.3")
    assert (made["profile"], made["power_pass"]) == ("blue", "")


def test_a_machine_whose_controller_nobody_knows_is_not_told_to_cobbler(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    with pytest.raises(SiteRefused, match="has no system m7") as refused:
        cobbler.switch(Machine(MachineName("m7"), "52:54:00:00:00:07"), Power.OFF)
    assert "where its controller is" in (refused.value.hint or "")
    assert "m7" not in fake.records["system"]


def test_what_cobbler_takes_and_does_not_keep_is_told(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    fake.loses.add("netboot_enabled")
    with pytest.raises(SiteRefused, match="netboot_enabled is False, not True"):
        cobbler.prepare(wanted(M1))


def test_a_nonce_is_no_part_of_an_error(fake: FakeCobbler, cobbler: CobblerProvider) -> None:
    fake.loses.add("autoinstall_meta")
    with pytest.raises(SiteRefused) as refused:
        cobbler.prepare(wanted(M1))
    assert "autoinstall_meta" in refused.value.message
    assert "n0nce" not in refused.value.message


def test_boot_files_that_could_not_be_made_are_told(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    fake.task = "failed"
    with pytest.raises(SiteRefused, match="could not make its boot files"):
        cobbler.prepare(wanted(M1))


def test_boot_files_that_take_too_long_leave_nothing_known(
    fake: FakeCobbler, tmp_path: Path
) -> None:
    fake.task = "running"
    with pytest.raises(SiteUnreachable, match=r"for 0\.2 s"):
        a_provider(fake, tmp_path, timeout_s=0.2).prepare(wanted(M1))


def test_two_runs_do_not_write_at_the_same_time(fake: FakeCobbler, tmp_path: Path) -> None:
    # given
    first, second = (a_provider(fake, tmp_path, timeout_s=0.2) for _ in range(2))

    # when
    with first.records.writing(), pytest.raises(SiteUnreachable, match="somebody else"):
        second.prepare(wanted(M1))

    # then
    assert fake.writes() == 0
    second.prepare(wanted(M1))
    assert fake.writes() == 1


def test_a_profile_that_is_not_there_is_named_before_anything_is_written(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    with pytest.raises(SiteRefused, match="no profile 'blu'") as refused:
        cobbler.prepare(wanted(M1, profile="blu"))
    assert refused.value.hint == "did you mean 'blue'?"
    assert fake.writes() == 0


def test_what_can_be_installed_is_listed(cobbler: CobblerProvider) -> None:
    found = [(one.name, one.distro, one.login) for one in cobbler.profiles()]
    assert found == [("idle", "debian", "root"), ("blue", "debian", "root")]


def test_a_machine_is_switched_and_what_it_says_is_compared(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    cobbler.switch(M1, Power.ON)
    assert fake.on == {"m1"}
    cobbler.switch(M1, Power.OFF)
    assert fake.on == set()


def test_a_controller_that_does_not_answer_leaves_nothing_known(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    # given
    cobbler.prepare(wanted(M1))
    fake.silent.add("m1")

    # when
    with pytest.raises(SiteUnreachable, match="did not do 'on'"):
        cobbler.switch(M1, Power.ON)
    found = cobbler.standings([M1, M2])

    # then
    silent = found[M1.name]
    assert isinstance(silent, Standing)
    assert (silent.power, silent.lease) == (Power.UNKNOWN, "L-1")
    assert "did not do 'status'" in silent.note
    other = found[M2.name]
    assert isinstance(other, Standing)
    assert other.power is Power.OFF


def test_a_machine_without_a_record_has_no_lease(cobbler: CobblerProvider) -> None:
    missing = Machine(MachineName("m7"), "52:54:00:00:00:07")
    found = cobbler.standings([missing])[missing.name]
    assert found == Standing(Power.UNKNOWN, note="Cobbler has no record of it yet")
    assert cobbler.standings([]) == {}


def test_a_cobbler_that_does_not_answer_is_a_failure_for_each_machine(tmp_path: Path) -> None:
    # given
    def call(*_: object) -> object:
        raise SiteUnreachable("site lab: Cobbler does not answer")

    site = Site(SiteName("lab"), "cobbler", tmp_path, {"url": "http://c", "secret": {"env": "X"}})
    provider = CobblerProvider(site, a_computer(tmp_path), call=call)

    # when
    found = provider.standings([M1, M2])

    # then
    failure = Failure("site lab: Cobbler does not answer", is_certain=False)
    assert found == {M1.name: failure, M2.name: failure}
    assert provider.problem() == "site lab: Cobbler does not answer"


def test_pauses_between_looks_grow_to_a_limit(cobbler: CobblerProvider) -> None:
    pauses = [cobbler.look_after_s(number) for number in (0, 1, 2, 50)]
    assert pauses == [5.0, 7.5, 11.25, 30.0]


def test_the_persons_key_is_let_in_so_that_a_machine_can_be_asked(
    fake: FakeCobbler, tmp_path: Path
) -> None:
    # given
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    (tmp_path / "lab.pub").write_text(f"{OTHER_KEY}\n")

    for options, key in (({}, KEY), ({"identity": "lab"}, OTHER_KEY)):
        # when
        a_provider(fake, tmp_path, **options).prepare(wanted(M1))

        # then
        assert fake.records["system"]["m1"]["autoinstall_meta"]["cmx_ssh_keys"] == key


def test_a_public_key_that_is_none_is_told(fake: FakeCobbler, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"lab\.pub cannot be read"):
        a_provider(fake, tmp_path, identity="lab").prepare(wanted(M1))
    assert fake.writes() == 0


def test_a_site_says_what_wipes_its_machines(fake: FakeCobbler, tmp_path: Path) -> None:
    assert a_provider(fake, tmp_path).wipe_profile == ""
    site = a_provider(fake, tmp_path, wipe_profile="wip")
    assert site.wipe_profile == "wip"
    assert "no profile 'wip'" in (site.problem() or "")


# --- is the site fit to be used? ------------------------------------------------------------------


def test_a_site_that_works_has_no_problem(cobbler: CobblerProvider) -> None:
    assert cobbler.problem() is None


def test_machines_that_would_be_installed_over_and_over_are_a_problem(
    fake: FakeCobbler, cobbler: CobblerProvider
) -> None:
    fake.settings["pxe_just_once"] = False
    assert "set pxe_just_once" in (cobbler.problem() or "")


def test_a_profile_of_idle_machines_that_is_not_there_is_a_problem(
    fake: FakeCobbler, tmp_path: Path
) -> None:
    found = a_provider(fake, tmp_path, idle_profile="idel").problem()
    assert found == "site lab: Cobbler has no profile 'idel'; did you mean 'idle'?"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "cobbler:25151"}, "must look like http"),
        ({"url": "http://me:secret@cobbler"}, "no login in an address"),
        ({"nonce_file": "/etc/x; reboot"}, "must be a whole path"),
        ({"power_pass": "secret"}, "power_pass"),
    ],
)
def test_settings_that_make_no_sense_are_told(
    options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    said = {"url": "http://cobbler:25151", "secret": {"env": "X"}, **options}
    site = Site(SiteName("lab"), "cobbler", tmp_path, said)
    with pytest.raises(UsageProblem, match=words) as wrong:
        read_settings(site, a_computer(tmp_path))
    assert "secret@" not in wrong.value.message
