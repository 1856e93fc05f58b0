"""Where does a preview read the state from, when it has none of its own?"""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.errors import CmxError, SiteUnreachable, UsageProblem
from cloudmesh_iac.store.digests import SecretDigests
from cloudmesh_iac.store.published import Digests, PublishedStore, read_published

_ANSWER_S = 30.0
_LARGEST = 256 * 2**20  # bytes
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def store_of(
    desk: Desk, places: Sequence[str], *, program: str | None, stack: str | None
) -> Store | None:
    """Return what reads published states, None where none is named.

    `{stack}` in a place stands for the stack's name. Errors: UsageProblem for a place that holds
    no published state, or none of this stack; SiteUnreachable.
    """
    if not places:
        return None
    asked = desk.place(program, stack, evaluates=True).stack
    named = [place.replace("{stack}", asked.name) for place in places]

    def digests(stack: StackId, seed_key: str) -> SecretDigests:
        return SecretDigests(desk.keys, stack, seed_key)

    snapshots = [_read(desk, place, digests) for place in named]
    known = [one.stack for one in snapshots]
    if asked not in known:
        there = ", ".join(f"{one.project}/{one.name}" for one in known)
        raise UsageProblem(
            f"the published state is of {there}, not of {asked.project}/{asked.name}",
            subject=named[0],
            hint="publish each stack to a place of its own; {stack} in --state is its name",
        )
    return PublishedStore(snapshots, new_key=desk.computer.new_key, digests=digests)


def _read(desk: Desk, place: str, digests: Digests) -> Snapshot:
    if place.lower().startswith(("http://", "https://")):
        return read_published(_fetched(place), place, digests)
    try:
        return read_published((desk.here / place).read_bytes(), place, digests)
    except OSError as error:
        raise UsageProblem(
            f"{place} cannot be read: {error.strerror}",
            subject=place,
            hint="`cmx state publish --output FILE` writes a published state",
        ) from error


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Nobody is followed to a place that could not have been named in the first place."""

    def redirect_request(self, *asked: Any) -> urllib.request.Request | None:
        _raise_unsafe(asked[-1])
        return super().redirect_request(*asked)


def _fetched(url: str) -> bytes:
    _raise_unsafe(url)
    opener = urllib.request.build_opener(_SafeRedirects)
    opener.addheaders = [("User-Agent", "cmx")]
    try:
        with opener.open(url, timeout=_ANSWER_S) as answer:
            body: bytes = answer.read(_LARGEST + 1)
    except urllib.error.HTTPError as error:
        with error:
            raise CmxError(
                f"{url} answers {error.code} {error.reason}",
                subject=url,
                hint="is the state published there, for everybody to read?",
            ) from error
    except (OSError, HTTPException, ValueError) as error:  # a redirect may name no address at all
        raise SiteUnreachable(
            f"{url} does not answer: {error}",
            subject=url,
            hint="try again, or keep a copy and give --state FILE",
        ) from error
    if len(body) > _LARGEST:
        raise UsageProblem(f"{url} is larger than {_LARGEST // 2**20} MiB", subject=url)
    return body


def _raise_unsafe(url: str) -> None:
    """What is read over an open line could be anybody's. Errors: UsageProblem."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise UsageProblem(f"{url} is no address: {error}", subject=url) from error
    if parts.scheme != "https" and (parts.scheme, parts.hostname in _LOOPBACK) != ("http", True):
        raise UsageProblem(
            f"{url} is not https", subject=url, hint="give an https address or a file"
        )
