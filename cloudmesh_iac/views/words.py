"""Which words and signs stand for things?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from cloudmesh_iac.core.urns import (
    CHOICE_TYPE,
    JOB_END_TYPE,
    JOB_START_TYPE,
    Urn,
    name_of,
    short_type,
    type_of,
)

SUBMISSION = JOB_START_TYPE
COMPLETION = JOB_END_TYPE
CHOICE = CHOICE_TYPE
AROUND_ONE_THING = frozenset(
    f"cmx:index:{name}"
    for name in ("VM", "KeyPair", "Network", "Subnet", "Router", "SecurityGroup", "FloatingIp")
)
"""Components around a resource of their own name, and what was decided for it."""

_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_]?)")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_ROUND_S = 0.05


class Verb(StrEnum):
    """What happens to one thing as people count it, the dangerous ones first."""

    REPLACE = "replace"
    DELETE = "delete"
    CREATE = "create"
    IMPORT = "import"
    UPDATE = "update"
    READ_AGAIN = "read again"
    WAIT = "wait for"
    FORGET = "forget"
    UNDECIDED = "undecided"
    READ = "read"
    SAME = "unchanged"

    @property
    def is_quiet(self) -> bool:
        """It is counted, and has no line of its own."""
        return self in {Verb.READ, Verb.SAME}


PAST: Mapping[Verb, str] = {
    Verb.REPLACE: "replaced",
    Verb.DELETE: "deleted",
    Verb.CREATE: "created",
    Verb.IMPORT: "imported",
    Verb.UPDATE: "updated",
    Verb.READ_AGAIN: "read again",
    Verb.WAIT: "waited for",
    Verb.FORGET: "forgotten",
    Verb.UNDECIDED: "not decided",
    Verb.READ: "read",
    Verb.SAME: "unchanged",
}

COLOURS: Mapping[Verb, str] = {
    Verb.REPLACE: "magenta",
    Verb.DELETE: "red",
    Verb.CREATE: "green",
    Verb.IMPORT: "green",
    Verb.UPDATE: "yellow",
    Verb.READ_AGAIN: "yellow",
    Verb.WAIT: "cyan",
    Verb.FORGET: "red",
    Verb.UNDECIDED: "cyan",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs of one console; each is one column wide."""

    replace: str = "±"
    delete: str = "-"
    create: str = "+"
    update: str = "~"
    undecided: str = "?"
    same: str = " "
    danger: str = "!"
    good: str = "✓"
    bad: str = "✗"
    queued: str = "○"
    running: str = "●"
    more: str = "…"
    dot: str = "·"

    def of(self, verb: Verb) -> str:
        match verb:
            case Verb.REPLACE:
                sign = self.replace
            case Verb.DELETE | Verb.FORGET:
                sign = self.delete
            case Verb.CREATE | Verb.IMPORT:
                sign = self.create
            case Verb.UPDATE | Verb.READ_AGAIN:
                sign = self.update
            case Verb.UNDECIDED:
                sign = self.undecided
            case Verb.WAIT:
                sign = self.queued
            case Verb.READ | Verb.SAME:
                sign = self.same
            case _:
                assert_never(verb)
        return sign


UNICODE = Marks()
ASCII = Marks(replace="R", good="*", bad="x", queued="o", running=">", more="...", dot="|")


def marks_for(encoding: str | None) -> Marks:
    """Return the signs that an encoding (of a console) can carry."""
    signs = "".join(getattr(UNICODE, name) for name in Marks.__slots__)
    try:
        signs.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def job_urn(urn: Urn) -> Urn:
    """Return one urn for both halves of a job: that of its Submission. Others stay as they are."""
    head, found, name = urn.partition(f"{COMPLETION}::")
    return Urn(f"{head}{SUBMISSION}::{name}") if found else urn


def is_job(urn: Urn) -> bool:
    return type_of(urn) in {SUBMISSION, COMPLETION}


def is_completion(urn: Urn) -> bool:
    return type_of(urn) == COMPLETION


def is_default_provider(urn: Urn) -> bool:
    """Nobody has declared it: it stands for who answers where a program names no provider."""
    name = name_of(urn)
    is_ours = name == "default" or name.startswith("default_")
    return is_ours and type_of(urn).startswith("pulumi:providers:")


def word(urn: Urn) -> str:
    """Return the one word for a kind of thing: `job`, `vm`, `sweep`."""
    return "job" if is_job(urn) else one_line(short_type(type_of(urn)))


def path(urn: Urn) -> str:
    return one_line(name_of(urn))


def title(urn: Urn) -> str:
    """Name one thing in a sentence: `job pi/samples=100,seed=1`."""
    return f"{word(urn)} {path(urn)}"


def skipped_text(urn: Urn, because: Urn) -> str:
    is_own = job_urn(urn) == job_urn(because)
    return "skipped" if is_own else f"skipped, because {title(because)} failed"


def cut(text: str, longest: int) -> str:
    """Return so many characters at the most; the last one says that there were more."""
    return text if len(text) <= longest else f"{text[: longest - 1]}{UNICODE.more}"


def one_line(text: str) -> str:
    """Make a text from outside safe for a terminal: no control codes, one line."""
    if text.isprintable():  # nearly always
        return text
    text = _ESCAPES.sub("", text)
    return "".join(
        char if char.isprintable() else " " if char == "\t" else _visible(char) for char in text
    )


def _visible(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Say how long in two units at most: `3.2 s`, `1m05s`, `2h03m`, `3d04h`."""
    tenths = f"{max(seconds, 0):.1f}"
    return f"{tenths} s" if float(tenths) < _MINUTE_S else clock(seconds)


def clock(seconds: float) -> str:
    """Say it without tenths, for a clock that is looked at while it runs."""
    whole = max(0, int(seconds + _ROUND_S))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S}m{whole % _MINUTE_S:02}s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S}h{whole % _HOUR_S // _MINUTE_S:02}m"
    return f"{whole // _DAY_S}d{whole % _DAY_S // _HOUR_S:02}h"
