"""What a component on a cloud tells the plugin of OpenStack."""

from pathlib import Path

import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.values import Properties
from tests.unit.components.evaluating import evaluate

RULE = "openstack:networking/secGroupRule:SecGroupRule"
_CLOUD = "clouds: {lab: {auth: {auth_url: http://127.0.0.1:9/v3, username: me, password: p}}}\n"


@pytest.fixture
def cloud(project: Path) -> Path:
    """Make a cloud the default site; nobody asks it."""
    (project / "cloudmesh.yaml").write_text(
        "default: {site: lab}\nsites: {lab: {kind: openstack, cloud: lab}}\n"
    )
    (project / "clouds.yaml").write_text(_CLOUD)
    return project


def _ports(rule: cmx.Rule, folder: Path) -> tuple[object, object]:
    declared = evaluate(
        lambda: cmx.SecurityGroup("open", rules=[rule]), folder=folder, answers=_as_named
    )
    inputs = declared.one(RULE).inputs
    return inputs.get("portRangeMin"), inputs.get("portRangeMax")


def _as_named(registration: Registration) -> Properties:
    return {"name": f"lab-{registration.name}-1"}


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        (cmx.Rule("tcp", 22), (22, 22)),
        (cmx.Rule("tcp", 1, 65534), (1, 65534)),
        (cmx.Rule("udp", 2, 65535), (2, 65535)),
        (cmx.Rule("icmp"), (None, None)),
    ],
)
def test_a_rule_says_its_ports(
    rule: cmx.Rule, ports: tuple[int | None, int | None], cloud: Path
) -> None:
    assert _ports(rule, cloud) == ports


def test_a_rule_for_all_ports_is_said_as_neutron_keeps_it(cloud: Path) -> None:
    # else the plugin reads it without ports, and would replace it at the next run
    assert _ports(cmx.Rule("tcp", 1, 65535), cloud) == (None, None)
