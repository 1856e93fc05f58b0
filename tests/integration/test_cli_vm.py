"""`cmx vm`, `cmx ssh`, `cmx site`, `cmx default`, as a person meets them."""

import json
import os
from pathlib import Path

import pytest

from tests.integration.cli import Cmx

SITES = "sites:\n  sim: {kind: simulated, world: ~/world.json, vms: 4}\n"
A_STAND_IN_FOR_SSH = '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n'


@pytest.fixture
def person(cmx: Cmx, tmp_path: Path) -> Cmx:
    """Somebody with one site with machines, in a folder that is no project."""
    (cmx.home / ".cloudmesh").mkdir()
    (cmx.home / ".cloudmesh" / "cloudmesh.yaml").write_text(SITES)
    (cmx.project / "Pulumi.yaml").unlink()
    return cmx


def names(person: Cmx) -> list[str]:
    return [one["name"] for one in json.loads(person("vm", "ls", "--json").stdout)["machines"]]


def test_machines_come_and_go_by_one_command(person: Cmx) -> None:
    # when
    asked = person("vm", "boot", code=64)

    # then
    assert "name machines-" in asked.stdout
    assert "say --yes" in asked.stderr
    assert names(person) == []

    # when
    person("vm", "boot", "--yes")
    person("vm", "boot", "web[1-2]", "--cpus", "2", "--yes")

    # then
    assert names(person) == ["vm1", "web1", "web2"]
    assert (person.home / ".cloudmesh" / "ssh" / "id_ed25519").stat().st_mode & 0o077 == 0
    shown = json.loads(person("vm", "show", "web1", "--raw", "--json").stdout)
    assert shown["machine"]["flavor"] == "medium"
    assert shown["raw"]["name"] == shown["machine"]["name on site"]

    # when
    full = person("vm", "boot", "big[1-2]", "--yes", code=1)
    listed = json.loads(person("vm", "ls", "--json").stdout)["machines"]
    person("vm", "rm", "web[1-2],big[1-2]", "--yes")

    # then
    assert "room for 4 machines" in full.stdout
    states = {one["name"]: one["state"] for one in listed}
    assert states["vm1"] == "ACTIVE"
    assert {states["big1"], states["big2"]} == {"ACTIVE", "not made"}
    assert names(person) == ["vm1"]
    person("destroy", "--yes")
    assert names(person) == []
    assert json.loads((person.home / "world.json.things").read_text()) == {}


def test_wrong_words_are_one_error_with_its_remedy(person: Cmx) -> None:
    for arguments, words in (
        (("vm", "boot", "a[3-1]"), "no list of names"),
        (("vm", "boot", "--image", "ubunut-24.04", "--yes"), "did you mean 'ubuntu-24.04'?"),
        (("vm", "rm", "vm1"), "there is no machine 'vm1'"),
        (("ssh", "vm1"), "`cmx vm ls` shows"),
        (("default", "imge=x"), "did you mean 'image'?"),
        (("default", "site=smi"), "did you mean 'sim'?"),
        (("site", "info", "smi"), "did you mean 'sim'?"),
    ):
        said = person(*arguments, code=None)
        assert said.code in {1, 64}, arguments
        assert words in said.all, arguments
        assert "Traceback" not in said.all
    assert names(person) == []


def test_ssh_is_called_with_the_machines_login_and_its_own_host_key(
    person: Cmx, tmp_path: Path
) -> None:
    # given
    person.environment["PATH"] = a_stand_in_for_ssh(tmp_path / "bin", person)
    person("vm", "boot", "-n", "2", "--image", "rocky-9", "--yes")

    # when
    said = person("ssh", "vm1", "--", "uptime", "-p", code=7)

    # then
    words = said.stdout.splitlines()
    assert words[-4:-2] == [words[-4], "--"]
    assert words[-4].startswith("rocky@10.0.0.")
    assert words[-2:] == ["uptime", "-p"]
    assert any(word.startswith("HostKeyAlias=vm-") for word in words)
    assert str(person.home / ".cloudmesh" / "ssh" / "id_ed25519") in words

    # when: a command goes to several
    said = person("ssh", "vm[1-2]", "--", "uptime", code=7)
    shell = person("ssh", "vm[1-2]", code=64)

    # then
    heads = [line for line in said.stdout.splitlines() if line.startswith("==>")]
    assert heads == ["==> vm1 <==", "==> vm2 <=="]
    assert said.stdout.count("rocky@10.0.0.") == 2
    assert "a shell on 2 machines?" in shell.stderr


def test_a_host_of_ones_own_ssh_settings_is_left_to_openssh(person: Cmx, tmp_path: Path) -> None:
    # given
    person.environment["PATH"] = a_stand_in_for_ssh(tmp_path / "bin", person)
    (person.home / ".ssh").mkdir()
    (person.home / ".ssh" / "config").write_text("Host campus\n  HostName login.example.org\n")

    # when
    said = person("ssh", "campus", "--login", "ada", "--", "hostname", code=7)
    unknown = person("ssh", "campsu", code=64)

    # then
    assert said.stdout.splitlines() == ["-l", "ada", "campus", "--", "hostname"]
    assert "did you mean 'campus'?" in unknown.stderr


def a_stand_in_for_ssh(folder: Path, person: Cmx) -> str:
    """Put a program in the place of ssh that prints its words; return the path to find it by."""
    folder.mkdir()
    stand_in = folder / "ssh"
    stand_in.write_text(A_STAND_IN_FOR_SSH)
    stand_in.chmod(0o755)
    return os.pathsep.join([str(folder), person.environment_of()["PATH"]])


def test_sites_and_defaults_are_shown_with_where_they_come_from(person: Cmx) -> None:
    # when
    person("default", "image=rocky-9")
    person("default", "flavor=large", "--site", "sim")

    # then
    assert person("default", "image").stdout == "rocky-9\n"
    known = json.loads(person("default", "--site", "sim", "--json").stdout)["defaults"]
    assert known["flavor"]["origin"].startswith("default of sim in ")
    assert "jobs, machines" in person("site", "ls").stdout
    assert "can be used" in person("site", "check", "sim").stdout
    offered = json.loads(person("site", "info", "sim", "--json").stdout)
    assert offered["flavors"][0] == {"name": "tiny", "cpus": 1, "memory_mb": 512, "disk_gb": 1}
