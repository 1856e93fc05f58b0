"""Machines and networks from the command line, on a simulated site that a file keeps."""

import json
from typing import Any

import pytest

from tests.integration.cli import Cmx

SITES = "sites:\n  sim: {kind: simulated, world: world.json, vms: 5}\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"
LAB = """
import cloudmesh_iac as cmx

with cmx.Experiment("burst") as exp:
    network = cmx.Network("lab", cidr="10.9.0.0/24")
    cmx.Router("lab", subnets=network.subnets, external_network="public")
    group = cmx.SecurityGroup("login", presets=["ssh", "ping"], open_to="world")
    for number in range(2):
        vm = cmx.VM(
            f"vm{number}",
            cpus=2,
            memory="3 GiB",
            image="ubuntu-24.04",
            network=network,
            security_groups=[group],
            public_ip=number == 0,
        )
    exp.export("address", vm.address)
"""


@pytest.fixture
def lab(cmx: Cmx) -> Cmx:
    cmx.write("cloudmesh.yaml", SITES)
    (cmx.home / ".ssh").mkdir()
    (cmx.home / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    cmx.program(LAB)
    return cmx


def things(lab: Cmx) -> dict[str, dict[str, Any]]:
    """Return what the simulated site has."""
    text = (lab.project / "world.json.things").read_text()
    found: dict[str, dict[str, Any]] = json.loads(text)
    return {key: one["outputs"] for key, one in found.items()}


def vms(lab: Cmx) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for key, one in things(lab).items() if key.startswith("vm-")}


def test_a_network_with_machines_comes_and_goes(lab: Cmx) -> None:
    # when
    planned = lab("preview")
    lab("up", "--yes")

    # then
    assert "8 to create" in planned.stdout
    assert "flavor medium (smallest with 2 cpus, 3 GiB)" in planned.stdout
    user = lab.environment_of()["USER"].lower()
    assert set(vms(lab)) == {f"burst-{user}-vm-1", f"burst-{user}-vm-2"}
    first = vms(lab)[f"burst-{user}-vm-1"]
    assert first["flavor"] == "medium"
    assert first["tags"]["cmx_experiment"] == "burst"
    assert first["tags"]["cmx_urn"].endswith("cmx:index:VM::vm0")
    assert "nothing to change" in lab("up", "--yes").stdout

    # when
    lab("destroy", "--yes")

    # then
    assert things(lab) == {}


def test_what_was_settled_once_stays_although_the_default_is_another(lab: Cmx) -> None:
    # given
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head')\n")
    planned = lab("up", "--yes").stdout
    assert "image ubuntu-24.04 (first image of the site" in planned

    # when
    lab.write("cloudmesh.yaml", f"default: {{image: rocky-9, flavor: large}}\n{SITES}")

    # then
    assert "nothing to change" in lab("preview").stdout

    # when
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head', image='rocky-9')\n")
    planned = lab("preview").stdout

    # then
    assert "image ubuntu-24.04 -> rocky-9" in planned
    assert "its disk is lost" in planned


def test_a_number_is_never_used_again(lab: Cmx) -> None:
    # given
    lab("up", "--yes")
    lab("destroy", "--yes")

    # when
    lab("up", "--yes")

    # then
    assert sorted(name.rpartition("-")[2] for name in vms(lab)) == ["3", "4"]


def test_a_machine_deleted_by_hand_is_made_again(lab: Cmx) -> None:
    # given
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head')\n")
    lab("up", "--yes")
    (lab.project / "world.json.things").write_text("{}")

    # when
    said = lab("up", "--refresh", "--yes").stdout

    # then
    assert "gone" in said or "changed outside" in said
    assert len(vms(lab)) == 1


def test_what_cannot_be_is_told_in_the_preview(lab: Cmx) -> None:
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head', image='ubuntu-24.4')\n")
    said = lab("preview", code=1)
    assert "did you mean 'ubuntu-24.04'?" in said.all
    assert "Traceback" not in said.all


def test_a_full_site_is_one_sentence_and_the_rest_is_kept(lab: Cmx) -> None:
    # given
    program = "import cloudmesh_iac as cmx\nfor n in range(7): cmx.VM(f'vm{n}')\n"
    lab.program(program)

    # when
    said = lab("up", "--yes", code=1)

    # then
    assert said.stdout.count("the site has room for 5 machines") == 2
    assert "try: destroy one that nobody needs" in said.stdout
    assert len(vms(lab)) == 5


def test_an_image_that_the_site_does_not_have_is_said_before_anything_is_made(lab: Cmx) -> None:
    # given
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head', image='rocky-99', flavor='medum')\n")

    # when
    said = lab("preview", code=1)

    # then
    assert "site sim has no image 'rocky-99': did you mean 'rocky-9'?" in said.all
    assert "site sim has no flavor 'medum': did you mean 'medium'?" in said.all
    assert "Traceback" not in said.all

    # when: a site takes away what machines were made of
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head', image='rocky-9')\n")
    lab("up", "--yes")
    lab.write("cloudmesh.yaml", SITES.replace("vms: 5", "vms: 5, images: [rocky-10]"))

    # then: they stay as they are, and only new ones are refused
    assert "nothing to change" in lab("preview").stdout
    lab.program("import cloudmesh_iac as cmx\nfor name in 'ab': cmx.VM(name, image='rocky-9')\n")
    assert "did you mean 'rocky-10'?" in lab("preview", code=1).all


def test_a_plan_for_more_than_the_quota_says_so(lab: Cmx) -> None:
    # given
    lab.program("import cloudmesh_iac as cmx\nfor n in range(4): cmx.VM(f'vm{n}')\n")
    lab("up", "--yes")
    lab.program("import cloudmesh_iac as cmx\nfor n in range(7): cmx.VM(f'vm{n}')\n")
    words = "sim: 3 more machines are wanted, 4 of 5 are used: 2 too many for the quota"

    # when: a plain preview asks nobody, one that looks around does, and so does a run
    offline = lab("preview", "--json").json()
    online = lab("preview", "--refresh", "--json").json()
    comment = lab("preview", "--refresh", "--markdown").stdout
    asked = lab("up", code=64).stdout

    # then
    assert "warnings" not in offline
    assert online["warnings"] == [words]
    assert words in comment
    assert words in asked

    # when: as much goes as comes
    lab.program("import cloudmesh_iac as cmx\nfor n in range(3, 8): cmx.VM(f'vm{n}')\n")

    # then
    assert "warnings" not in lab("preview", "--refresh", "--json").json()


def test_a_site_tells_what_it_has_and_how_much_may_be_there(lab: Cmx) -> None:
    # given
    lab.program("import cloudmesh_iac as cmx\ncmx.VM('head', name_on_site='head')\n")
    lab("up", "--yes")

    # when
    shown = lab("site", "info", "sim").stdout
    told = lab("site", "info", "sim", "--json").json()
    listed = lab("vm", "ls", "--site", "sim", "--json").json()["machines"]

    # then
    assert "machines     1   5" in shown
    assert told["quota"] == {"machines": {"used": 1, "limit": 5}}
    assert [(one["name"], one["stack"], one["state"]) for one in listed] == [
        ("head", "lab/study", "ACTIVE")
    ]
    assert "does not list machines" in lab("vm", "ls", "--site", "local", code=64).stderr
