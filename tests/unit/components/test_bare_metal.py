"""What a program's physical machines tell the engine."""

from pathlib import Path
from typing import Any

import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import CmxError, ExperimentError, UsageProblem
from tests.unit.components.conftest import Evaluate

ALLOCATION = "pulumi-python:dynamic/cmx:Allocation"
INSTALLATION = "pulumi-python:dynamic/cmx:Installation"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"


def without_pickle(inputs: Properties) -> dict[str, Any]:
    return {key: value for key, value in inputs.items() if key != "__provider"}


def test_a_name_is_a_complete_program(run: Evaluate, project: Path) -> None:
    # given
    file = project / "cloudmesh.yaml"
    file.write_text("sites:\n  sim: {kind: simulated, machines: 2}\n")

    # when
    declared = run(lambda: cmx.BareMetal("ion"))

    # then
    allocation = without_pickle(declared.one(ALLOCATION).inputs)
    assert allocation.pop("urn").endswith("cmx:index:BareMetal::ion")
    assert allocation == {
        "site": "sim",
        "count": 1,
        "hours": 24,
        "project": "lab",
        "stack": "hello",
    }
    assert declared.one(INSTALLATION).inputs["site"] == "sim"
    assert "profile" not in declared.one(INSTALLATION).inputs


def test_everything_that_can_be_said_reaches_the_two_resources(run: Evaluate) -> None:
    # when
    def declare() -> None:
        with cmx.Experiment("burst", project="CIS200042"):
            cmx.BareMetal(
                "ion",
                on=["sim"],
                machines=3,
                cpus=16,
                memory="64 GiB",
                tags=["ssd", "gpu"],
                profile="rocky-9",
                role="storage",
                service="ceph",
                lease=cmx.Lease(hours=12),
                user_data="#cloud-config",
                ssh_keys=KEY,
            )

    declared = run(declare)

    # then
    allocation = without_pickle(declared.one(ALLOCATION).inputs)
    installation = without_pickle(declared.one(INSTALLATION).inputs)
    needs = {"cpus": 16, "memory_mb": 65536, "tags": ("gpu", "ssd")}
    del allocation["urn"]
    assert allocation == {
        **needs,
        "site": "sim",
        "count": 3,
        "hours": 12,
        "role": "storage",
        "service": "ceph",
        "project": "CIS200042",
        "stack": "hello",
    }
    outfit = {"profile": "rocky-9", "ssh_keys": (KEY,), "user_data": "#cloud-config"}
    assert {key: installation[key] for key in (*needs, *outfit)} == {**needs, **outfit}


@pytest.mark.parametrize("names", ["i[01-02],i07", ["i01", "i02", "i07"]])
def test_names_are_a_list_or_a_host_list(run: Evaluate, names: str | list[str]) -> None:
    # when
    declared = run(lambda: cmx.BareMetal("ion", on="sim", names=names))

    # then
    inputs = declared.one(ALLOCATION).inputs
    assert inputs["names"] == ("i01", "i02", "i07")
    assert "count" not in inputs


def test_a_key_may_be_a_file_of_the_project(run: Evaluate, project: Path) -> None:
    # given
    (project / "lab.pub").write_text(f"{KEY}\n")

    # when
    declared = run(lambda: cmx.BareMetal("ion", on="sim", ssh_keys=["lab.pub", KEY]))

    # then
    assert declared.one(INSTALLATION).inputs["ssh_keys"] == (KEY, KEY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"machines": 0}, ["machines=0 is no number of machines"]),
        ({"machines": True}, ["machines=True is no number of machines"]),
        ({"names": []}, ["names is empty"]),
        (
            {"names": "i1", "cpus": 2, "tags": "gpu", "memory": "much"},
            ["names= says which machines", "tags is a text", "'much' is no size"],
        ),
        ({"lease": "4h"}, ["lease='4h' is no Lease"]),
        ({"lease": 4}, ["lease=4 is no Lease"]),
        ({"cpus": -1}, ["cpus=-1 is no number of processors"]),
        ({"ssh_keys": ["no.pub", "nor.pub"]}, ["no.pub cannot be read", "nor.pub cannot be read"]),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    run: Evaluate, arguments: dict[str, Any], words: list[str]
) -> None:
    # when
    with pytest.raises(CmxError) as refused:
        run(lambda: cmx.BareMetal("ion", on="sim", **arguments))

    # then
    assert refused.value.message.startswith("bare metal 'ion': ")
    assert all(one in refused.value.message for one in words)


@pytest.mark.parametrize("hours", [0, -1, True, "24", 1e12, float("nan")])
def test_a_lease_lasts_some_time(hours: Any) -> None:
    with pytest.raises(ExperimentError, match="a lease lasts"):
        cmx.Lease(hours=hours)


@pytest.mark.parametrize(
    ("sites", "on", "words"),
    [
        ("{}", None, "no site that leases machines is configured"),
        (
            "{a: {kind: simulated}, b: {kind: simulated}}",
            None,
            "which site? 'local', the default one, leases no machines",
        ),
        ("{}", "local", "site 'local' (local) leases no machines"),
        ("{}", [], "on=[] names no site"),
        ("{}", "lab", "there is no site 'lab'"),
    ],
)
def test_a_site_without_machines_is_none(
    run: Evaluate, project: Path, *, sites: str, on: Any, words: str
) -> None:
    # given
    (project / "cloudmesh.yaml").write_text(f"sites: {sites}\n")

    # then
    with pytest.raises(UsageProblem) as refused:
        run(lambda: cmx.BareMetal("ion", on=on))
    assert words in refused.value.message
