"""A door to a server that opens late: whoever comes waits, then is passed on."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 65536


@contextmanager
def slow_door(port: int, *, opens_after_s: float) -> Iterator[int]:
    """Pass connections on to a port of this computer; yields the port of the door.

    It opens so long after the first one has come.
    """
    opened, first = threading.Event(), threading.Lock()

    class PassedOn(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if first.acquire(blocking=False):
                opened.wait(opens_after_s)
                opened.set()
            opened.wait()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as there:
                back = threading.Thread(target=_pass_on, args=(there, self.request), daemon=True)
                back.start()
                _pass_on(self.request, there)
                back.join()

    class Door(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Door(("127.0.0.1", 0), PassedOn) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        try:
            yield door.server_address[1]
        finally:
            opened.set()
            door.shutdown()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Until one side has nothing more to say."""
    with suppress(OSError):
        while piece := one.recv(_PIECE):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)
