"""Which of many addresses greet as ssh servers do? All of them are asked at the same time."""

import os
import selectors
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from errno import ECONNREFUSED, EINPROGRESS, EINVAL

from cloudmesh_iac.engine.ports.surroundings import Clock

_GREETING = b"SSH-"  # RFC 4253, 4.2: what a server says first
_ONE_TRY_S = 5.0
_AT_ONCE = 200  # a process may often have no more than 1024 files open


@dataclass(frozen=True, slots=True)
class Place:
    """Where a machine is to answer."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one try, in words; `advice` says where to look if nobody has greeted."""

    greets: bool
    words: str
    advice: str = ""


GREETS = Heard(greets=True, words="an ssh server answers")
_REFUSED = Heard(
    greets=False,
    words="the connection was refused",
    advice="it is up and no ssh server listens there: look at its console",
)
_MUTE = Heard(
    greets=False,
    words="the port is open and nobody says anything",
    advice="look at its console: it may be starting, or something in between has answered",
)
_OTHER = Heard(
    greets=False,
    words="something answers that is no ssh server",
    advice="see what listens at that port",
)
_CUT_OFF = Heard(
    greets=False,
    words="the connection was closed at once",
    advice="look at its console, and at who may log in",
)
_FROM_HERE = "whether its security groups and its network let ssh in from here"


def ask_greetings(
    places: Sequence[Place], clock: Clock, *, timeout_s: float = _ONE_TRY_S
) -> Mapping[Place, Heard]:
    """Return what is heard at each place, within `timeout_s` seconds for up to 200 of them.

    An open port alone is no answer: it may belong to something in between. Errors: none.
    """
    found: dict[Place, Heard] = {}
    todo = list(dict.fromkeys(places))
    for first in range(0, len(todo), _AT_ONCE):
        found |= _asked(todo[first : first + _AT_ONCE], clock, timeout_s)
    return found


def _asked(places: Sequence[Place], clock: Clock, timeout_s: float) -> Mapping[Place, Heard]:
    heard: dict[Place, Heard] = {}
    with selectors.DefaultSelector() as calls, ExitStack() as links:
        for place in places:
            try:
                link = links.enter_context(_called(place))
            except OSError as error:
                heard[place] = _failed(error)
            else:
                calls.register(link, selectors.EVENT_WRITE, place)
        give_up_s = clock.monotonic_s() + timeout_s
        while calls.get_map() and (left_s := give_up_s - clock.monotonic_s()) > 0:
            for key, _ in calls.select(left_s):
                answer = _answer(key, calls)
                if answer is not None:
                    heard[key.data] = answer
                    calls.unregister(key.fileobj)
        for key in calls.get_map().values():
            is_open = key.events == selectors.EVENT_READ
            heard[key.data] = _MUTE if is_open else _silent(timeout_s)
    return heard


def _called(place: Place) -> socket.socket:
    """Begin to connect. Errors: OSError."""
    try:
        found = socket.getaddrinfo(place.address, place.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(EINVAL, f"{place.address!r} is no address") from error
    family, kind, protocol, _, address = found[0]
    link = socket.socket(family, kind, protocol)
    link.settimeout(0)
    code = link.connect_ex(address)
    if code not in {0, EINPROGRESS}:
        link.close()
        raise OSError(code, os.strerror(code))
    return link


def _answer(key: selectors.SelectorKey, calls: selectors.BaseSelector) -> Heard | None:
    """Return what somebody has said, None as long as there is nothing to be heard."""
    link = key.fileobj
    assert isinstance(link, socket.socket)
    code = link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        return _failed(OSError(code, os.strerror(code)))
    if key.events == selectors.EVENT_WRITE:  # connected: from now on we listen
        calls.modify(link, selectors.EVENT_READ, key.data)
        return None
    try:
        said = link.recv(len(_GREETING))
    except OSError as error:
        return _failed(error)
    if said == _GREETING:
        return GREETS
    return _OTHER if said else _CUT_OFF


def _failed(error: OSError) -> Heard:
    if error.errno == ECONNREFUSED:
        return _REFUSED
    words = error.strerror or str(error)
    return Heard(greets=False, words=words.lower(), advice=f"see {_FROM_HERE}")


def _silent(timeout_s: float) -> Heard:
    return Heard(
        greets=False,
        words=f"no answer within {timeout_s:g} s",
        advice=f"look at its console, and {_FROM_HERE} (`public_ip=True` for one from outside)",
    )
