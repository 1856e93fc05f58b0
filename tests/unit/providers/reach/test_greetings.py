"""Many addresses are asked at once, and each is told what came of it."""

import socket
from contextlib import ExitStack

import pytest

from cloudmesh_iac.providers.reach.greetings import GREETS, Place, ask_greetings
from cloudmesh_iac.settings.computer import SystemClock
from tests.unit.providers.reach.servers import HERE, a_mute_server, a_server

LONG_S = 60.0


@pytest.fixture
def closed_port() -> int:
    with socket.create_server((HERE, 0)) as server:
        return int(server.getsockname()[1])


def said_at(port: int, *, address: str = HERE, timeout_s: float = LONG_S) -> str:
    heard = ask_greetings([Place(address, port)], SystemClock(), timeout_s=timeout_s)
    assert not heard[Place(address, port)].greets
    assert heard[Place(address, port)].advice
    return heard[Place(address, port)].words


def test_an_ssh_server_greets() -> None:
    with a_server(b"SSH-2.0-test\r\n") as port:
        heard = ask_greetings([Place(HERE, port)], SystemClock(), timeout_s=LONG_S)
    assert heard == {Place(HERE, port): GREETS}


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"HTTP/1.1 400\r\n", "something answers that is no ssh server"),
        (b"", "the connection was closed at once"),
    ],
)
def test_an_open_port_is_not_enough(greeting: bytes, words: str) -> None:
    with a_server(greeting) as port:
        assert said_at(port) == words


def test_a_closed_port_refuses(closed_port: int) -> None:
    assert said_at(closed_port) == "the connection was refused"


def test_who_says_nothing_is_not_waited_for_longer_than_said() -> None:
    with a_mute_server() as port:
        words = said_at(port, timeout_s=0.1)
    assert words == "the port is open and nobody says anything"


def test_what_is_no_address_is_told_like_every_other_trouble() -> None:
    assert said_at(22, address="a..b") == "'a..b' is no address"


def test_those_that_are_silent_cost_their_time_once() -> None:
    """Each for itself would take 100 seconds."""
    # given
    clock = SystemClock()
    with ExitStack() as servers:
        silent = [Place(HERE, servers.enter_context(a_mute_server())) for _ in range(25)]
        awake = [Place(HERE, servers.enter_context(a_server(b"SSH-2.0-a\r\n"))) for _ in range(5)]

        # when
        began_s = clock.monotonic_s()
        heard = ask_greetings([*silent, *awake], clock, timeout_s=4.0)

    # then
    assert clock.monotonic_s() - began_s < 50
    assert {one for one in heard if heard[one].greets} == set(awake)
    assert len(heard) == 30
