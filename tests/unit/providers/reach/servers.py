"""Servers on this computer that greet whoever comes, or say nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HERE = "127.0.0.1"


@contextmanager
def a_server(greeting: bytes, *, address: str = HERE, port: int = 0) -> Iterator[int]:
    """Greet whoever comes on a port of this computer, a free one for 0; return its number."""
    with socket.create_server((address, port)) as server:
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


@contextmanager
def a_mute_server() -> Iterator[int]:
    """Take connections on a port of this computer, and say nothing; return its number."""
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]
