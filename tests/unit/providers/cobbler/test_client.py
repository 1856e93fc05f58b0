"""The wire to Cobbler, on an XML-RPC server of this process that says what Cobbler says."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCServer

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.cobbler.client import CobblerClient
from cloudmesh_iac.providers.cobbler.translate import TOKEN
from cloudmesh_iac.settings.sites import Site

PASSWORD = "canary-4711"


class Far:
    """What answers on the other side: each login has a token of its own."""

    def __init__(self) -> None:
        self.logins = 0
        self.valid = ""

    def login(self, user: str, password: str) -> str:
        if (user, password) != ("me", PASSWORD):
            raise Fault(1, "<class 'cobbler.cexceptions.CX'>:'login failed (me)'")
        self.logins += 1
        self.valid = f"token-{self.logins}"
        return self.valid

    def whoami(self, word: str, token: str) -> str:
        if token != self.valid:
            raise Fault(1, f"<class 'cobbler.cexceptions.CX'>:'invalid token: {token}'")
        return f"{word} {token}"

    def broken(self) -> None:
        raise Fault(1, "<class 'ValueError'>:Invalid mac address format (52:54:zz)")


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def url(far: Far) -> Iterator[str]:
    server = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True)
    server.register_instance(far)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connect(tmp_path: Path) -> Callable[..., CobblerClient]:
    def connected(url: str, password: str = PASSWORD, timeout_s: float = 30.0) -> CobblerClient:
        site = Site(SiteName("lab"), "cobbler", tmp_path, origin="cloudmesh.yaml")
        return CobblerClient(site, url, "me", password=lambda: password, timeout_s=timeout_s)

    return connected


def test_one_login_is_used_until_cobbler_forgets_it(
    far: Far, url: str, connect: Callable[..., CobblerClient]
) -> None:
    # when
    client = connect(url)
    first = [client.call("whoami", "a", TOKEN) for _ in range(2)]
    far.valid = "forgotten"
    second = client.call("whoami", "b", TOKEN)

    # then
    assert first == ["a token-1", "a token-1"]
    assert second == "b token-2"


def test_a_token_that_is_refused_twice_is_an_error(
    *,
    far: Far,
    url: str,
    connect: Callable[..., CobblerClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given
    def login(*_: str) -> str:
        far.logins += 1
        return "wrong"

    monkeypatch.setattr(far, "login", login)

    # when
    with pytest.raises(SiteRefused, match="invalid token"):
        connect(url).call("whoami", "a", TOKEN)

    # then
    assert far.logins == 2


def test_a_wrong_password_is_told_without_it(
    url: str, connect: Callable[..., CobblerClient]
) -> None:
    with pytest.raises(SiteRefused) as refused:
        connect(url, "wrong-canary").call("whoami", "a", TOKEN)
    error = refused.value
    assert error.message == "site lab: Cobbler does not let me in: login failed (me)"
    assert error.place == "cloudmesh.yaml"
    assert "wrong-canary" not in f"{error.message}{error.hint}{error.__cause__!r}"


def test_a_refusal_is_in_cobblers_own_words(
    url: str, connect: Callable[..., CobblerClient]
) -> None:
    with pytest.raises(SiteRefused) as refused:
        connect(url).call("broken")
    assert (
        refused.value.message
        == "site lab: Cobbler refuses broken: Invalid mac address format (52:54:zz)"
    )


def test_nobody_there_is_told_with_the_address(connect: Callable[..., CobblerClient]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SiteUnreachable) as gone:
        connect(url).call("extended_version")
    assert gone.value.message == (
        f"site lab: Cobbler at {url} does not answer extended_version: Connection refused"
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "nothing within 0.3 s"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP 502 Bad Gateway"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\nhello",
            "its answer is no XML-RPC",
        ),
    ],
)
def test_an_answer_that_is_none_leaves_nothing_known(
    answer: bytes, words: str, connect: Callable[..., CobblerClient]
) -> None:
    # given
    taken: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            link, _ = server.accept()
            link.recv(65536)
            link.sendall(answer)
            taken.append(link)

        thread = threading.Thread(target=serve)
        thread.start()

        # when
        with pytest.raises(SiteUnreachable) as gone:
            connect(url, timeout_s=0.3 if not answer else 30.0).call("extended_version")
        thread.join()
    for link in taken:
        link.close()

    # then
    assert gone.value.message.endswith(f"does not answer extended_version: {words}")


@pytest.mark.parametrize(("scheme", "begins"), [("http", b"POST "), ("https", b"\x16\x03")])
def test_a_call_whose_connection_breaks_is_not_made_again(
    scheme: str, begins: bytes, connect: Callable[..., CobblerClient]
) -> None:
    # given
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            link, _ = server.accept()
            accepted.append(link.recv(65536))
            link.close()

        thread = threading.Thread(target=serve)
        thread.start()

        # when
        with pytest.raises(SiteUnreachable):
            connect(url).call("extended_version")
        thread.join()
        server.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            server.accept()

    # then
    assert [one.startswith(begins) for one in accepted] == [True]
