"""How long is a plan for OpenStack, with its real plugin and no cloud? Prints; asserts no time."""

from pathlib import Path

import pytest

from tests.bench.bench_cli import Benchmark, Shell

_ROUNDS = 5
_SERVERS = 100
_PROGRAM = f"""
import pulumi_openstack as openstack

network = openstack.networking.Network("lab")
for number in range({_SERVERS}):
    openstack.compute.Instance(
        f"vm{{number}}",
        image_name="rocky-9",
        flavor_name="m3.small",
        networks=[openstack.compute.InstanceNetworkArgs(uuid=network.id)],
    )
"""


@pytest.fixture
def shell(tmp_path: Path, openstack_plugins: Path) -> Shell:
    shell = Shell(tmp_path)
    settings = f"plugins: {{folder: {openstack_plugins}, download: false}}\n"
    (tmp_path / "project" / "cloudmesh.yaml").write_text(settings)
    return shell


def bench_preview_of_100_servers(benchmark: Benchmark, shell: Shell) -> None:
    """The program starts, the package is imported, the plugin starts and checks each of them."""
    shell.write_program("lab", _PROGRAM)

    said = benchmark.pedantic(lambda: shell.cmx("preview", "lab"), rounds=_ROUNDS, warmup_rounds=1)

    assert f"{_SERVERS + 1} to create" in said
