"""Right after `cmx up` nothing is to change: every component, every program we ship, on every rig.

What there is, is found here by itself: a new component or example fails until it takes part.
"""

import ast
import inspect
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import cloudmesh_iac
from tests.integration.cli import SOURCE, Cmx, a_project
from tests.rigs.openstack.lab import IMAGE, OUTSIDE, OpenStackLab
from tests.rigs.slurm.cluster import SlurmCluster

JOBS, MACHINES, METAL = "jobs", "machines", "bare metal"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpv1nKYEUf7hS0bJ6yCNlzWg3gq1yGvCZfXvVb7Wq3h me"
COMPONENTS: Mapping[str, tuple[str, str]] = {
    "Job": (JOBS, 'cmx.Job("job", command="true", walltime="1m")'),
    "Sweep": (
        JOBS,
        'cmx.Sweep("sweep", axes={"n": [1, 2]}, job=lambda point: cmx.JobSpec('
        'command=cmx.fmt("echo {}", point["n"]), walltime="1m"))',
    ),
    "KeyPair": (MACHINES, f'key = cmx.KeyPair("key", public_key="{KEY}")'),
    "Network": (MACHINES, 'network = cmx.Network("network")'),
    "Subnet": (MACHINES, 'subnet = cmx.Subnet("subnet", network=network, cidr="10.9.0.0/24")'),
    "Router": (MACHINES, 'cmx.Router("router", subnets=[subnet])'),
    "SecurityGroup": (
        MACHINES,
        'group = cmx.SecurityGroup("group", presets=["ssh"], open_to="world")',
    ),
    "VM": (
        MACHINES,
        'vm = cmx.VM("vm", memory="64 MiB", key=key, network=network, security_groups=[group])',
    ),
    "FloatingIp": (MACHINES, 'cmx.FloatingIp("address", vm=vm)'),
    "BareMetal": (METAL, f'cmx.BareMetal("ion", machines=2, ssh_keys=["{KEY}"])'),
}
"""One program line for each component, in an order in which one may use another; what it needs."""
LESS = {"hello": {"most": "1000", "seeds": "1", "repeats": "1"}}
"""Parameters that make a program of ours shorter."""
UP_S = 600


@dataclass(frozen=True)
class Rig:
    """Somewhere to run programs. `adapt` makes a program fit what there is."""

    kinds: frozenset[str]
    settings: Mapping[str, object]
    adapt: Callable[[str], str] = str


SITES: Mapping[str, Rig] = {
    "simulated": Rig(
        frozenset({JOBS, MACHINES, METAL}),
        {
            "kind": "simulated",
            "world": "world.json",
            "poll_s": 0.1,
            "shortest_s": 0.1,
            "longest_s": 0.5,
            "machines": 4,
            "shortest_install_s": 0.1,
            "longest_install_s": 0.5,
        },
    ),
    "local": Rig(frozenset({JOBS}), {"kind": "local"}),
    "slurm": Rig(
        frozenset({JOBS}),
        {"kind": "slurm", "queue": "batch", "poll_s": 1, "poll_max_s": 2, "history_s": 2},
    ),
    "openstack_lab": Rig(
        frozenset({MACHINES}),
        {"kind": "openstack", "cloud": "lab"},
        # Its flavors have 64 and 128 MiB, as nothing runs in its machines.
        adapt=lambda text: re.sub(r'memory="[^"]*"', 'memory="64 MiB"', text),
    ),
}


def components() -> set[str]:
    """Return the names of all components that are there to be used."""
    found = ((name, getattr(cloudmesh_iac, name)) for name in cloudmesh_iac.__all__)
    return {
        name
        for name, one in found
        if name != "Experiment"
        and inspect.isclass(one)
        and issubclass(one, pulumi.ComponentResource)
    }


def programs() -> Iterator[Path]:
    """Yield every program in `stacks` and in the projects below `examples`."""
    for project in (SOURCE / "stacks", *sorted((SOURCE / "examples").iterdir())):
        if project.name == "stacks" or (project / "Pulumi.yaml").is_file():
            yield from (one for one in sorted(project.glob("*.py")) if one.stem != "__main__")


def needs(program: Path) -> set[str]:
    """Return what a program needs, by the components that it names."""
    tree = ast.walk(ast.parse(program.read_text()))
    named = {one.attr for one in tree if isinstance(one, ast.Attribute)}
    return {kind for name, (kind, _) in COMPONENTS.items() if name in named}


def _case(rig: str, program: Path | None) -> Any:
    name = f"{rig}-{'components' if program is None else program.stem}"
    return pytest.param(rig, program, id=name)


CASES = [
    _case(rig, program)
    for rig, site in SITES.items()
    for program in (None, *programs())
    if program is None or needs(program) <= site.kinds
]


def test_every_component_and_every_program_takes_part() -> None:
    assert components() == COMPONENTS.keys()
    played = {program for one in CASES if isinstance(program := one.values[1], Path)}
    assert played == {*programs()}
    assert all(needs(program) for program in programs())


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("rig", "program"), CASES)
def test_right_after_up_nothing_is_to_change(
    rig: str, program: Path | None, *, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    site = SITES[rig]
    with a_project(tmp_path) as cmx:
        # given
        name = written(cmx, program, site)
        for key, value in LESS.get(name, {}).items():
            cmx("config", "set", key, value)
        with_rig(cmx, rig, request)

        # when
        cmx("up", name, "--yes", "--wait", timeout_s=UP_S)
        said = cmx("preview", name, "--exit-code", code=None, timeout_s=UP_S)

        # then
        assert "nothing to change" in said.stdout, said.all
        assert said.code == 0
        cmx("destroy", name, "--yes", timeout_s=UP_S)


def written(cmx: Cmx, program: Path | None, site: Rig) -> str:
    """Write the program and what lies beside it, with the rig in the place of its site."""
    settings: dict[str, object] = {}
    if program is None:
        lines = [line for kind, line in COMPONENTS.values() if kind in site.kinds]
        body = "".join(f"    {line}\n" for line in lines)
        text = f'import cloudmesh_iac as cmx\n\nwith cmx.Experiment("all"):\n{body}'
        name = "components"
        cmx.program(site.adapt(text), name)
    else:
        name, text = program.stem, program.read_text()
        folder = cmx.project / ("stacks" if program.parent == SOURCE / "stacks" else "")
        shutil.copytree(program.parent, folder, dirs_exist_ok=True)
        own = folder / "cloudmesh.yaml"
        said = yaml.safe_load(own.read_text()) if own.is_file() else {}
        settings = said.get("default", {})
        (folder / program.name).write_text(site.adapt(_on_the_rig(text)))
    default = {key: value for key, value in settings.items() if key not in {"site", "sites"}}
    default |= {"site": "rig", "external_network": OUTSIDE}
    default |= {"image": IMAGE} if MACHINES in site.kinds else {}
    cmx.write(
        "cloudmesh.yaml", yaml.safe_dump({"default": default, "sites": {"rig": site.settings}})
    )
    return name


def _on_the_rig(text: str) -> str:
    """A program that names its sites finds all of them there."""
    return re.sub(r'\bon="[^"]*"', 'on="rig"', text)


def with_rig(cmx: Cmx, rig: str, request: pytest.FixtureRequest) -> None:
    """Start the rig, and say to `cmx` where it is."""
    if rig == "slurm":
        cluster: SlurmCluster = request.getfixturevalue("slurm")
        cmx.environment.update(cluster.environment)
    if rig == "openstack_lab":
        lab: OpenStackLab = request.getfixturevalue("openstack_lab")
        plugins: Path = request.getfixturevalue("openstack_plugins")
        tenant = request.getfixturevalue("tenant")
        assert lab.folder in tenant.file.parents
        cmx.environment["OS_CLIENT_CONFIG_FILE"] = str(tenant.file)
        (cmx.home / ".cloudmesh").mkdir(exist_ok=True)
        (cmx.home / ".cloudmesh" / "cloudmesh.yaml").write_text(
            f"plugins: {{folder: {plugins}, download: false}}\n"
        )
