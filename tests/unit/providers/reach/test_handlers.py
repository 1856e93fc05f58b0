"""Waiting until a machine answers as an ssh server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.reach.handlers import ReachHandler


@contextmanager
def a_server(greeting: bytes) -> Iterator[int]:
    """Greet whoever comes on a port of this computer; return its number."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def serve() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                with link:
                    link.sendall(greeting)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=60)


def wanted(port: int, limit_s: float = 60) -> dict[str, object]:
    return {"machine": "vm-1", "address": "127.0.0.1", "port": port, "limit_s": limit_s}


def test_a_machine_is_reached_when_an_ssh_server_greets() -> None:
    with a_server(b"SSH-2.0-test\r\n") as port:
        made = ReachHandler().create(wanted(port))
    assert made.id == f"127.0.0.1:{port}"


def test_an_open_port_is_not_enough() -> None:
    with (
        a_server(b"HTTP/1.1 400\r\n") as port,
        pytest.raises(SiteRefused, match=r"127\.0\.0\.1 does not answer") as refused,
    ):
        ReachHandler().create(wanted(port, limit_s=0.2))
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
