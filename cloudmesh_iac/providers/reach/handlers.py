"""The dynamic provider of a wait: until a machine answers as an ssh server does.

Its path and class name are stored in state: they stay.
"""

import socket
from contextlib import suppress
from typing import Any

from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.urns import DYNAMIC_PREFIX, ResourceType
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.settings.computer import SystemClock

REACH_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Reach")
_GREETING = b"SSH-"  # RFC 4253, 4.2: what a server says first
_BETWEEN_S = 2.0
_ONE_TRY_S = 10.0


class ReachHandler(ResourceProvider):
    """Waits at most `limit_s` seconds for `address` and `port`; another machine is waited for anew.

    A shorter or longer limit counts from the next wait on.
    """

    serialize_as_secret_always = False  # the pickle holds a module path, nothing else

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        replaces = [key for key in ("machine", "address", "port") if _is_other(key, _olds, _news)]
        changes = bool(replaces) or _is_other("limit_s", _olds, _news)
        return DiffResult(changes=changes, replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Errors: SiteRefused when nobody answers in time; it may be repeated."""
        address, port, limit_s = str(props["address"]), int(props["port"]), float(props["limit_s"])
        clock = SystemClock()
        deadline = clock.monotonic_s() + limit_s
        while not _greets(address, port, min(_ONE_TRY_S, limit_s)):
            if clock.monotonic_s() >= deadline:
                raise SiteRefused(
                    f"{address} does not answer as an ssh server after {limit_s:g} s",
                    hint="look at its console and its security groups; `cmx up` waits again",
                )
            clock.sleep(min(_BETWEEN_S, limit_s))
        return CreateResult(f"{address}:{port}", dict(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(dict(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """A machine was reached when it was made; how it is now is its own matter."""
        return ReadResult(id_, dict(props))


def _greets(address: str, port: int, timeout_s: float) -> bool:
    """Say whether an ssh server answers: an open port alone may belong to something in between."""
    with suppress(OSError), socket.create_connection((address, port), timeout=timeout_s) as link:
        link.settimeout(timeout_s)
        return link.recv(len(_GREETING)) == _GREETING
    return False


def _is_other(key: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
    return bool(olds.get(key) != news.get(key))
