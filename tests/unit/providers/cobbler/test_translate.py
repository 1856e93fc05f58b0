"""What is written to Cobbler for a lease, what is taken back, and what Cobbler's words mean."""

from base64 import b64decode
from typing import Any

import pytest

from cloudmesh_iac.core.metal import (
    Controller,
    Installation,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    Power,
)
from cloudmesh_iac.providers.cobbler.translate import (
    changed,
    lease_in,
    plain_options,
    to_cleared,
    to_inventory,
    to_prepared,
    to_standing,
    words_of,
)

MACHINE = Machine(
    MachineName("i01"),
    "52:54:00:00:00:01",
    hostname="node-1",
    controller=Controller("cobbler", "10.0.0.1", 6230, "admin", "env:BMC"),
)
INSTALLATION = Installation(
    LeaseId("L-7"),
    LeaseOwner("alice", "p"),
    profile="rocky-9",
    nonce="n0nce",
    ssh_keys=("ssh-ed25519 A", "ssh-rsa B"),
    user_data="#!",
)


def prepared(record: dict[str, Any]) -> dict[str, Any]:
    return to_prepared(MACHINE, INSTALLATION, record)


def test_a_machine_is_prepared_beside_what_the_site_has_said_of_it() -> None:
    # when
    fields = prepared({"autoinstall_meta": {"disk": "/dev/sda", "cmx_lease": "L-1"}})

    # then
    assert fields["profile"] == "rocky-9"
    assert fields["hostname"] == "node-1"
    assert fields["netboot_enabled"] is True
    meta = fields["autoinstall_meta"]
    assert (meta["disk"], meta["cmx_lease"], meta["cmx_nonce"]) == ("/dev/sda", "L-7", "n0nce")
    assert meta["cmx_ssh_keys"] == "ssh-ed25519 A\nssh-rsa B"
    assert b64decode(meta["cmx_user_data"]) == b"#!"
    assert "interfaces" not in fields


def test_a_machine_that_cobbler_does_not_know_is_made_of_the_inventory_without_a_password() -> None:
    # when
    fields = to_inventory(MACHINE, profile="idle", power_type="ipmilan")

    # then
    assert fields["interfaces"] == {"eth0": MACHINE.mac}
    assert (fields["profile"], fields["netboot_enabled"]) == ("idle", False)
    power = {key: value for key, value in fields.items() if key.startswith("power")}
    assert power == {
        "power.type": "ipmilan",
        "power.address": "10.0.0.1:6230",
        "power.user": "admin",
    }


def test_the_key_that_a_machine_is_asked_with_is_let_in_beside_those_of_the_lease() -> None:
    fields = to_prepared(MACHINE, INSTALLATION, {}, own_keys=("ssh-rsa B", "ssh-rsa C"))
    keys = fields["autoinstall_meta"]["cmx_ssh_keys"]
    assert keys.splitlines() == ["ssh-ed25519 A", "ssh-rsa B", "ssh-rsa C"]


def test_what_is_cleared_keeps_what_is_not_ours() -> None:
    # given
    record = prepared({"autoinstall_meta": {"disk": "/dev/sda"}})

    # when
    cleared = to_cleared(record, "idle")

    # then
    assert lease_in(record) == "L-7"
    assert lease_in(cleared) == ""
    assert cleared["autoinstall_meta"] == {"disk": "/dev/sda"}
    assert (cleared["profile"], cleared["netboot_enabled"]) == ("idle", False)
    assert "profile" not in to_cleared(record, None)


def test_what_makes_a_machine_install_is_written_last_and_taken_away_first() -> None:
    on = {"netboot_enabled": True, "comment": "x", "profile": "p"}
    off = {"comment": "x", "netboot_enabled": False, "profile": "p"}
    assert list(changed(on, {})) == ["comment", "profile", "netboot_enabled"]
    assert next(iter(changed(off, {"netboot_enabled": True}))) == "netboot_enabled"


@pytest.mark.parametrize(
    ("key", "wanted", "found"),
    [
        ("comment", "", "~"),
        ("autoinstall_meta", {}, None),
        ("interfaces", {"eth0": "52:54:00:AA:00:01"}, {"eth0": "52:54:00:aa:00:01", "eth1": "x"}),
        ("kernel_options", "console=ttyS0 quiet", {"console": ["ttyS0"], "quiet": "~"}),
    ],
)
def test_what_cobbler_writes_in_another_way_is_no_difference(
    key: str, wanted: object, found: object
) -> None:
    assert changed({key: wanted}, {key: found}) == {}


@pytest.mark.parametrize(
    ("key", "wanted", "found"),
    [
        ("comment", "", "by hand"),
        ("netboot_enabled", True, False),
        ("interfaces", {"eth0": "52:54:00:aa:00:02"}, {"eth0": "52:54:00:aa:00:01"}),
        ("kernel_options", "quiet", "quiet panic=5"),
        ("power.user", "admin", None),
    ],
)
def test_what_is_another_value_is_a_difference(key: str, wanted: object, found: object) -> None:
    assert changed({key: wanted}, {key: found}) == {key: wanted}


def test_options_of_a_kernel_may_come_more_than_once() -> None:
    assert plain_options("console=tty0 console=ttyS0 quiet") == {
        "console": ("tty0", "ttyS0"),
        "quiet": (),
    }


@pytest.mark.parametrize(
    ("said", "progress"),
    [
        ((Power.OFF, True, ""), None),
        ((Power.ON, True, ""), 30),
        ((Power.ON, False, ""), 80),
        ((Power.ON, False, "n0nce"), 100),
        ((Power.UNKNOWN, True, ""), None),
    ],
)
def test_progress_is_what_cobbler_and_the_machine_have_said(
    said: tuple[Power, bool, str], progress: int | None
) -> None:
    # given
    power, netboot, nonce = said

    # when
    standing = to_standing({**prepared({}), "netboot_enabled": netboot}, power, nonce=nonce)

    # then
    assert (standing.progress, standing.lease) == (progress, "L-7")
    assert standing.boots_from_network is netboot


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("<class 'cobbler.cexceptions.CX'>:'login failed (cobbler)'", "login failed (cobbler)"),
        (
            "<class 'ValueError'>:Invalid mac address format (52:54:zz)",
            "Invalid mac address format (52:54:zz)",
        ),
        ("unheard of", "unheard of"),
        ("<class 'KeyError'>:", "nothing more"),
    ],
)
def test_cobblers_words_are_told_without_pythons(fault: str, words: str) -> None:
    assert words_of(fault) == words
