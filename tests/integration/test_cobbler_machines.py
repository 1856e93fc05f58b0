"""Machines that a real Cobbler installs, for programs and without; and what may go wrong."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Power
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.pools import open_pool
from tests.contract.cobbler_metal import cobbler_metal_site, lab_machines
from tests.contract.metal import OURS, MetalSite
from tests.integration.cli import Cmx
from tests.rigs.cobbler.furnishing import BLUE, CUT, GREEN, IDLE, STUCK
from tests.rigs.cobbler.lab import CobblerLab
from tests.rigs.cobbler.plan import BMC_PASSWORD, PASSWORD
from tests.rigs.waiting import eventually

_LOG = logging.getLogger(__name__)
LAB = SiteName("lab")
UP_S = 1500.0
_MILESTONES = {
    "orders": "gets the profile",
    "installed": "machine: installed after",
    "runs": "runs from its disk",
}
PROGRAM = """
import cloudmesh_iac as cmx

with cmx.Experiment("metal") as exp:
    profile = exp.param("profile", "blue")
    server = cmx.BareMetal(
        "ion", machines=2, profile=profile, ssh_keys=["KEY"], lease=cmx.Lease(hours=1)
    )
    exp.export("addresses", server.addresses)
"""


@pytest.fixture
def metal(cobbler_lab: CobblerLab, tmp_path: Path) -> Iterator[MetalSite]:
    site = cobbler_metal_site(cobbler_lab, tmp_path)
    site.clean()
    yield site
    site.clean()


@pytest.fixture
def lab(cobbler_lab: CobblerLab, metal: MetalSite, cmx: Cmx) -> Cmx:
    """A project with the lab as its only site for machines, which are in its inventory."""
    return with_site(cmx, cobbler_lab)


def with_site(cmx: Cmx, lab: CobblerLab, **options: object) -> Cmx:
    said = {"kind": "cobbler", **lab.options, **options}
    lines = [f"    {key}: {_yaml(value)}" for key, value in said.items()]
    cmx.write("cloudmesh.yaml", "\n".join(["sites:", "  lab:", *lines, ""]))
    cmx.program(PROGRAM.replace("KEY", lab.public_key))
    cmx.environment.update(lab.environment)
    pool = open_pool(replace(this_computer(), home=cmx.home, environment={}))
    pool.put(LAB, lab_machines(lab))
    return cmx


def _yaml(value: object) -> str:
    return f"{{env: {value['env']}}}" if isinstance(value, dict) else str(value)


class Phases:
    """When all machines have first said something on their consoles, in seconds from the start."""

    def __init__(self, lab: CobblerLab) -> None:
        self._lab = lab
        self._began = monotonic()
        self._before = [len(lab.console(one)) for one in lab.machines]
        self.seconds: dict[str, float] = {}

    def look(self) -> None:
        consoles = [self._lab.console(one) for one in self._lab.machines]
        new = [text[start:] for text, start in zip(consoles, self._before, strict=True)]
        for name, words in _MILESTONES.items():
            if name not in self.seconds and all(words in text for text in new):
                self.mark(name)

    def mark(self, name: str) -> None:
        self.seconds[name] = round(monotonic() - self._began, 1)


class Watcher:
    """Looks at the command lines of all processes, for words that must stand in none of them."""

    def __init__(self, *words: str, also: Callable[[], None]) -> None:
        self._words = [word.encode() for word in words]
        self._also = also
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.looks = 0
        self.found: set[bytes] = set()

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self.looks += 1
            self._also()
            for process in Path("/proc").iterdir():
                if process.name.isdecimal() and process.name != str(os.getpid()):
                    self._look(process / "cmdline")

    def _look(self, file: Path) -> None:
        try:
            command = file.read_bytes()
        except OSError:
            return
        if any(word in command for word in self._words):
            self.found.add(command)


def files_with(folder: Path, *words: str) -> list[Path]:
    sought = [word.encode() for word in words]
    files = [one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()]
    return [one for one in files if any(word in one.read_bytes() for word in sought)]


@pytest.mark.timeout(4000)
def test_two_machines_come_go_and_come_again_with_another_profile(
    lab: Cmx, cobbler_lab: CobblerLab
) -> None:
    said = []
    for profile in (BLUE, GREEN):
        # when
        phases = Phases(cobbler_lab)
        with Watcher(PASSWORD, BMC_PASSWORD, also=phases.look) as watcher:
            said.append(lab("up", "--yes", "--profile", profile, timeout_s=UP_S).all)
            phases.mark("up has ended")
            addresses = lab("outputs", "--json").json()["addresses"]
            preview = lab("preview", "--profile", profile).stdout
            told = [
                cobbler_lab.ssh(one, "hostname; cat /etc/installed") for one in cobbler_lab.machines
            ]
            phases.mark("destroy begins")
            said.append(lab("destroy", "--yes", timeout_s=UP_S).all)
            phases.mark("destroyed")
        _LOG.info("seconds from the start, with the profile %s: %s", profile, phases.seconds)

        # then
        assert addresses == [one.address for one in cobbler_lab.machines]
        assert "nothing to change" in preview
        for machine, text in zip(cobbler_lab.machines, told, strict=True):
            assert text.startswith(f"{machine.name}\n")
            assert f"profile {profile}\n" in text
            assert not cobbler_lab.is_on(machine)
            record = cobbler_lab.connect().get_system(machine.name)
            assert (record["profile"], record["netboot_enabled"]) == (IDLE, False)
            assert "cmx_lease" not in record["autoinstall_meta"]
        assert watcher.looks > 10
        assert watcher.found == set()

    # then
    assert not [text for text in said if PASSWORD in text or BMC_PASSWORD in text]
    assert files_with(lab.folder, PASSWORD, BMC_PASSWORD) == []
    assert BMC_PASSWORD not in cobbler_lab.logs()
    assert PASSWORD not in cobbler_lab.logs()


@pytest.mark.timeout(1200)
def test_machines_that_never_boot_are_told_and_left_off(lab: Cmx, cobbler_lab: CobblerLab) -> None:
    # given
    with_site(lab, cobbler_lab, install_limit_s=5)
    for machine in cobbler_lab.machines:
        cobbler_lab.put_to_sleep(machine)

    # when
    try:
        failed = lab("up", "--yes", code=1, timeout_s=600)
    finally:
        for machine in cobbler_lab.machines:
            cobbler_lab.wake(machine)
    lab("destroy", "--yes", timeout_s=300)

    # then
    assert "is broken" in failed.all
    for machine in cobbler_lab.machines:
        switched = (machine.folder / "switched").read_text().split()
        assert switched.count("on") >= 2  # once more, before it was given up
        assert not cobbler_lab.is_on(machine)
        assert not cobbler_lab.connect().get_system(machine.name)["netboot_enabled"]


@pytest.mark.timeout(1200)
def test_an_image_that_is_not_whole_and_an_installation_that_hangs_are_never_ready(
    metal: MetalSite, cobbler_lab: CobblerLab
) -> None:
    # given
    stuck, cut = metal.machines
    wanted = {
        stuck.name: (stuck, metal.installation(profile=STUCK)),
        cut.name: (cut, metal.installation(profile=CUT)),
    }
    before = [len(cobbler_lab.console(one)) for one in cobbler_lab.machines]

    # when
    metal.site.prepare(wanted)
    for machine in metal.machines:
        metal.site.switch(machine, Power.ON)
    words = ("gets the profile stuck", "the image is not whole")

    def has_said() -> bool:
        consoles = [cobbler_lab.console(one) for one in cobbler_lab.machines]
        return all(
            word in text[start:] for word, text, start in zip(words, consoles, before, strict=True)
        )

    eventually(has_said, within_s=900)

    # then
    for machine in metal.machines:
        standing = metal.standing(machine)
        assert (standing.nonce, standing.power) == ("", Power.ON)
        assert standing.boots_from_network


def test_a_controller_that_does_not_answer_leaves_nothing_known_until_it_does(
    metal: MetalSite, cobbler_lab: CobblerLab
) -> None:
    # given
    machine, other = metal.machines
    cobbler_lab.silence(cobbler_lab.machines[0])

    # when
    try:
        with pytest.raises(SiteUnreachable) as silent:
            metal.site.switch(machine, Power.ON)
        standings = [metal.standing(one) for one in metal.machines]
    finally:
        cobbler_lab.hear_again(cobbler_lab.machines[0])

    # then
    assert "its controller did not do 'on': " in silent.value.message
    assert "command failed" in silent.value.message
    assert [one.power for one in standings] == [Power.UNKNOWN, Power.OFF]

    # when
    metal.site.switch(machine, Power.OFF)

    # then
    assert metal.standing(machine).power is Power.OFF
    assert metal.standing(other).power is Power.OFF


@pytest.mark.parametrize("after", ["modify_item", "save_item"])
def test_cobbler_killed_in_the_middle_of_a_write_is_written_anew(
    *, after: str, metal: MetalSite, cobbler_lab: CobblerLab, tmp_path: Path
) -> None:
    # given
    machine, _ = metal.machines
    wanted = {machine.name: (machine, metal.installation())}
    dying = cobbler_metal_site(cobbler_lab, tmp_path, after=kill_after(after, cobbler_lab))

    # when
    with pytest.raises(SiteUnreachable):
        dying.site.prepare(wanted)
    cobbler_lab.start_cobblerd()

    # then
    standing = metal.standing(machine)
    is_saved = after == "save_item"
    assert (standing.lease == OURS) is is_saved
    assert standing.boots_from_network is is_saved
    assert standing.power is Power.OFF

    # when
    metal.site.prepare(wanted)

    # then
    standing = metal.standing(machine)
    assert (standing.lease, standing.boots_from_network) == (OURS, True)


def kill_after(method: str, lab: CobblerLab) -> Callable[[str], None]:
    """Kill cobblerd when a call has been answered, once."""
    left = [method]

    def heard(called: str) -> None:
        if called in left:
            left.clear()
            lab.kill_cobblerd()

    return heard


def test_records_are_resources_of_a_program(cobbler_lab: CobblerLab, lab: Cmx) -> None:
    # given
    images = cobbler_lab.images
    text = f"""
        import cloudmesh_iac as cmx
        from cloudmesh_iac.providers.cobbler.resources import CobblerDistro, CobblerProfile

        with cmx.Experiment("records") as exp:
            distro = CobblerDistro(
                "rig-debian", site="lab", kernel="{images.kernel}", initrd="{images.ramdisk}",
                breed="debian", os_version="bookworm", kernel_options="console=ttyS0 quiet",
                kernel_sha256="{images.kernel_sha256}",
            )
            CobblerProfile("rig-red", site="lab", distro=distro.name, comment="first")
        """
    lab.program(text, "records")
    cobbler: Any = cobbler_lab.connect()

    # when
    lab("up", "records", "--yes", timeout_s=300)

    # then
    assert cobbler.get_profile("rig-red")["distro"] == "rig-debian"
    assert "nothing to change" in lab("preview", "records", timeout_s=300).stdout

    # when
    lab.program(text.replace('"first"', '"second"'), "records")
    lab("up", "records", "--yes", timeout_s=300)

    # then
    assert cobbler.get_profile("rig-red")["comment"] == "second"

    # when
    lab.program(text.replace(images.kernel_sha256, "0" * 64).replace("rig-", "bad-"), "wrong")
    failed = lab("up", "wrong", "--yes", code=1, timeout_s=300)
    lab("destroy", "records", "--yes", timeout_s=300)

    # then
    assert f"has the SHA-256 {images.kernel_sha256}, not" in failed.all
    left = {one["name"] for one in [*cobbler.get_profiles(), *cobbler.get_distros()]}
    assert not [name for name in left if name.startswith(("rig-", "bad-"))]


def test_a_site_that_works_is_checked_and_a_wrong_password_is_told(lab: Cmx) -> None:
    assert lab("site", "check", "lab", timeout_s=120).code == 0
    wrong = lab("site", "check", "lab", code=1, environment={"LAB_PASSWORD": "wrong-canary"})
    assert "Cobbler does not let admin-of-lab in" in wrong.all
    assert "wrong-canary" not in wrong.all
