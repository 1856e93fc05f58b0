"""Is the history what was written? Each entry is bound to the one before it by a hash."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cloudmesh_iac.core.records import StackId


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as it is stored: its texts, and the hashes that were written with them.

    `previous` is the hash of the entry before it, empty for the first. A run that never ended has
    neither `ended` nor `end_hash`.
    """

    number: int
    previous: str
    started: str
    start_hash: str
    ended: str = ""
    end_hash: str = ""

    @property
    def hash(self) -> str:
        """Return what the next entry is bound to."""
        return self.end_hash or self.start_hash


@dataclass(frozen=True, slots=True)
class Chain:
    """The history of one stack; `length` and `head` are kept apart from its entries."""

    stack: StackId
    links: tuple[Link, ...] = ()
    length: int = 0
    head: str = ""


class FlawKind(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    COPY = "copy"  # the copy of its program is not the one that was kept


@dataclass(frozen=True, slots=True)
class Flaw:
    """One entry that is not what was written."""

    number: int
    kind: FlawKind


def link_hash(previous: str, stack: StackId, number: int, *, text: str) -> str:
    """Return the SHA-256, in hex, of one text at its place in the history of a stack."""
    parts = [previous, stack.project, stack.name, number, text]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def begun(stack: StackId, number: int, started: str, *, previous: str) -> Link:
    """Return a new entry behind the one with this hash."""
    start_hash = link_hash(previous, stack, number, text=started)
    return Link(number, previous, started, start_hash)


def end_hash(stack: StackId, number: int, ended: str, *, start_hash: str) -> str:
    return link_hash(start_hash, stack, number, text=ended)


def bound(stack: StackId, entries: Iterable[tuple[str, str]]) -> Chain:
    """Bind entries (start and end, the end empty for none) that were written without hashes."""
    links: list[Link] = []
    previous = ""
    for number, (started, ended) in enumerate(entries, 1):
        link = begun(stack, number, started, previous=previous)
        if ended:
            closed = end_hash(stack, number, ended, start_hash=link.start_hash)
            link = Link(number, previous, started, link.start_hash, ended, closed)
        links.append(link)
        previous = link.hash
    return Chain(stack, tuple(links), len(links), previous)


def flaws_of(chain: Chain) -> tuple[Flaw, ...]:
    """Return the entries that were changed, removed or inserted; each is named once.

    An entry that was written anew together with its own hash is seen by the next one, or by the
    head of the chain.
    """
    found = {flaw.number: flaw for flaw in reversed([*_flaws(chain)])}
    return tuple(found[number] for number in sorted(found))


def _flaws(chain: Chain) -> Iterator[Flaw]:
    number, last = 0, ""
    for link in chain.links:
        if not number < link.number <= chain.length:
            yield Flaw(link.number, FlawKind.INSERTED)
            continue
        yield from _missing(number + 1, link.number)
        if not _is_as_written(link, chain.stack):
            yield Flaw(link.number, FlawKind.CHANGED)
        elif link.previous != last and link.number == number + 1:
            yield Flaw(max(number, 1), FlawKind.CHANGED)
        number, last = link.number, link.hash
    yield from _missing(number + 1, chain.length + 1)
    if number == chain.length and last != chain.head:
        yield Flaw(number, FlawKind.CHANGED)


def _missing(first: int, end: int) -> Iterator[Flaw]:
    return (Flaw(number, FlawKind.MISSING) for number in range(first, end))


def _is_as_written(link: Link, stack: StackId) -> bool:
    if link.start_hash != link_hash(link.previous, stack, link.number, text=link.started):
        return False
    if not link.ended:
        return not link.end_hash
    closed = end_hash(stack, link.number, link.ended, start_hash=link.start_hash)
    return link.end_hash == closed
