"""Waiting until a machine answers as an ssh server, as Pulumi's engine does it."""

import pytest

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.reach.handlers import ReachHandler
from tests.unit.providers.reach.servers import HERE, a_server


def wanted(port: int, limit_s: float = 60) -> dict[str, object]:
    return {"machine": "vm-1", "address": HERE, "port": port, "limit_s": limit_s}


def test_a_machine_is_reached_when_an_ssh_server_greets() -> None:
    with a_server(b"SSH-2.0-test\r\n") as port:
        made = ReachHandler().create(wanted(port))
    assert made.id == f"{HERE}:{port}"
    assert made.outs == wanted(port)


def test_an_open_port_is_not_enough() -> None:
    with (
        a_server(b"HTTP/1.1 400\r\n") as port,
        pytest.raises(SiteRefused, match="machine vm-1 does not answer") as refused,
    ):
        ReachHandler().create(wanted(port, limit_s=0.2))
    assert "seen last: something answers that is no ssh server" in refused.value.message
    assert "`cmx up` waits again" in str(refused.value.hint)


def test_another_machine_is_waited_for_and_another_limit_is_not() -> None:
    # given
    olds = wanted(22)

    # then
    another = ReachHandler().diff("id", olds, {**olds, "machine": "vm-2"})
    longer = ReachHandler().diff("id", olds, {**olds, "limit_s": 90})
    assert (another.changes, another.replaces) == (True, ["machine"])
    assert (longer.changes, longer.replaces) == (True, [])
    assert ReachHandler().diff("id", olds, olds).changes is False


def test_what_was_recorded_without_its_site_is_not_waited_for_again() -> None:
    olds = wanted(22)
    assert ReachHandler().diff("id", olds, {**olds, "site": "jetstream2"}).changes is False
