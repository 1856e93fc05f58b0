"""What a program's machines and networks tell the engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import CmxError
from tests.unit.components.conftest import Evaluate

VM = "pulumi-python:dynamic/cmx:Vm"
CHOICE = "pulumi-python:dynamic/cmx:Choice"
SUBNET = "pulumi-python:dynamic/cmx:Subnet"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"


@pytest.fixture
def sim(project: Path) -> Path:
    """Make one of the two simulated sites the default, and give the person a key."""
    file = project / "cloudmesh.yaml"
    file.write_text(f"default: {{site: sim}}\n{file.read_text()}")
    (project / "home" / ".ssh").mkdir(parents=True)
    (project / "home" / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    return project


def as_named(registration: Registration) -> Properties:
    """Answer as the handlers do: a choice has a name by then."""
    if registration.type != CHOICE:
        return {"address": "10.0.0.5", "state": "ACTIVE"}
    return {"name": registration.inputs.get("name") or f"lab-{registration.name}-1"}


def test_a_name_is_a_complete_program(run: Evaluate, sim: Path) -> None:
    # when
    declared = run(lambda: cmx.VM("head"), answers=as_named)

    # then
    inputs = declared.one(VM).inputs
    assert {key: inputs[key] for key in ("site", "name", "image", "flavor", "key")} == {
        "site": "sim",
        "name": "lab-head-1",
        "image": "ubuntu-24.04",
        "flavor": "tiny",
        "key": "lab-own-sim-1",
    }
    tags = inputs["tags"]
    assert isinstance(tags, dict | type(inputs))
    assert set(tags) == {f"cmx_{key}" for key in ("owner", "experiment", "project", "stack", "urn")}
    origins = declared.one(CHOICE, "head").inputs["origins"]
    assert isinstance(origins, dict | type(inputs))
    assert origins["login"] == "guessed from the image ubuntu-24.04"


@pytest.mark.parametrize(
    ("settings", "said", "image", "origin"),
    [
        ("{site: sim, image: rocky-9}", {}, "rocky-9", "default in "),
        ("{site: sim, image: a, sites: {sim: {image: rocky-9}}}", {}, "rocky-9", "default of sim"),
        (
            "{site: sim, image: a, sites: {sim: {image: b}}}",
            {"image": "rocky-9"},
            "rocky-9",
            "default of experiment burst",
        ),
    ],
)
def test_the_nearest_default_counts(
    run: Evaluate, sim: Path, *, settings: str, said: Properties, image: str, origin: str
) -> None:
    # given
    file = sim / "cloudmesh.yaml"
    lines = file.read_text().splitlines()[1:]
    file.write_text("\n".join([f"default: {settings}", *lines]))

    def declare() -> None:
        with cmx.Experiment("burst", defaults=said):
            cmx.VM("head")

    # when
    declared = run(declare, answers=as_named)

    # then
    assert declared.one(VM).inputs["image"] == image
    origins = declared.one(CHOICE, "head").inputs["origins"]
    assert isinstance(origins, dict | type(declared.one(VM).inputs))
    assert str(origins["image"]).startswith(origin)


def test_a_machine_comes_after_the_subnets_of_its_network(run: Evaluate, sim: Path) -> None:
    # given
    def declare() -> None:
        network = cmx.Network("lab", cidr="10.9.0.0/24")
        cmx.VM("head", network=network, security_groups=["default"])

    # when
    declared = run(declare, answers=as_named)

    # then
    assert declared.one(SUBNET).urn in declared.one(VM).dependencies
    assert declared.one(VM).inputs["networks"] == ("id-of-lab",)
    assert declared.one(VM).inputs["security_groups"] == ("default",)


def test_the_last_image_that_matches_a_pattern_is_taken(run: Evaluate, sim: Path) -> None:
    declared = run(lambda: cmx.VM("head", image=cmx.Image("*-[0-9]*")), answers=as_named)
    assert declared.one(VM).inputs["image"] == "ubuntu-24.04"
    assert declared.one(CHOICE, "head").inputs["asked"] == {"image": "*-[0-9]*"}


def test_one_key_serves_all_machines_of_a_site(run: Evaluate, sim: Path) -> None:
    # given
    def declare() -> None:
        for number in range(3):
            cmx.VM(f"vm{number}")

    # then
    declared = run(declare, answers=as_named)
    assert declared.names("pulumi-python:dynamic/cmx:KeyPair") == ["own-sim"]


def test_that_there_is_no_key_is_said_once(run: Evaluate, sim: Path) -> None:
    # given
    (sim / "home" / ".ssh" / "id_ed25519.pub").unlink()

    # when
    declared = run(lambda: [cmx.VM(f"vm{number}") for number in range(3)], answers=as_named)

    # then
    assert "key" not in declared.one(VM, "vm0").inputs
    [warning] = declared.warnings
    assert "there is no public key" in warning


def test_a_file_of_the_person_that_holds_no_key_is_named(run: Evaluate, sim: Path) -> None:
    # given
    (sim / "home" / ".ssh" / "id_ed25519.pub").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")

    # when
    with pytest.raises(CmxError) as refused:
        run(lambda: cmx.VM("head"), answers=as_named)

    # then
    assert "id_ed25519.pub holds no public key" in refused.value.message


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: cmx.VM("head", cpus=99), "the largest is large"),
        (lambda: cmx.VM("head", cpus=0, memory="many"), "cpus is 0"),
        (lambda: cmx.VM("head", flavor="small", cpus=2), "a flavor and a size"),
        (lambda: cmx.VM("head", on="local"), "has no machines"),
        (lambda: cmx.VM("head", on="smi"), "did you mean 'sim'?"),
        (lambda: cmx.VM("head", security_groups="login"), "not a list"),
        (lambda: cmx.VM("head", image=cmx.Image("nix*")), "there are: debian-13"),
        (lambda: cmx.SecurityGroup("web", presets=["web"]), "open to whom?"),
        (lambda: cmx.SecurityGroup("w", presets=["wbe"], open_to="world"), "did you mean 'web'?"),
        (lambda: cmx.Rule("tcp"), "needs ports"),
        (lambda: cmx.Rule("tcp", 22, source="here"), "write a range"),
        (lambda: cmx.Subnet("lab", cidr="10.9.0.1/24"), "write it like 10.9.0.0/24"),
        (lambda: cmx.KeyPair("me", public_key="nowhere.pub"), "cannot be read"),
        (lambda: cmx.Experiment("x", defaults={"imge": "a"}), "did you mean 'image'?"),
        (
            lambda: cmx.VM("head", on="sim", network=cmx.Network("lab", on="other")),
            "is on other, not on sim",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_remedy(
    run: Evaluate, sim: Path, *, declare: Callable[[], object], words: str
) -> None:
    with pytest.raises(CmxError) as refused:
        run(declare, answers=as_named)
    assert words in f"{refused.value.message}; {refused.value.hint}"
