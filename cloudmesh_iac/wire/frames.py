"""Framed messages over a socket pair between a parent and its child interpreter."""

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

_HEADER = struct.Struct("<IIBB")  # bytes of the body, number of the call, kind, method
_BUFFER_BYTES = 1 << 20


class Kind(IntEnum):
    """What a frame is, and which way it goes."""

    # to the child
    BEGIN = 0  # JSON: what to do
    ANSWER = 1  # a serialized message, for the call with the same number
    REFUSED = 2  # text: why the call cannot be answered
    CALLBACK = 7  # a function of the program is called: its token, a line end, a serialized request

    # to the parent
    CALL = 3  # a serialized request; `method` is its place in the service
    LOG = 4  # text; `method` is the severity
    QUIET = 5  # nothing to do until an answer comes; `number` counts the frames seen
    ENDED = 6  # JSON: how it ended
    CALLED = 8  # a serialized message, for the callback with the same number
    CALL_FAILED = 9  # text: how the function failed
    DECLARED = 10  # JSON, as for ENDED: all is declared; only functions may be called yet


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    number: int = 0
    method: int = 0
    body: bytes = b""


class FrameSocket:
    """One end. Any thread may send; one thread receives."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._lock = threading.Lock()
        self._reader = end.makefile("rb", _BUFFER_BYTES)

    def send(self, frame: Frame) -> None:
        """Errors: OSError when the other end is gone."""
        header = _HEADER.pack(len(frame.body), frame.number, frame.kind, frame.method)
        with self._lock:
            self._socket.sendall(header + frame.body)

    def receive(self) -> Iterator[Frame]:
        """Yield frames until the other end is gone."""
        while True:
            frame = self._read()
            if frame is None:
                self._reader.close()
                return
            yield frame

    def _read(self) -> Frame | None:
        try:
            header = self._reader.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return None
            size, number, kind, method = _HEADER.unpack(header)
            body = self._reader.read(size)
        except OSError:
            return None
        return Frame(Kind(kind), number, method, body) if len(body) == size else None

    def close(self) -> None:
        """Wake the receiving thread of either end. Idempotent."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
        finally:
            self._socket.close()  # the descriptor itself goes with the reader
