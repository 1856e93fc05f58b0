"""May work that ended badly be tried once more, by the rule that a person gave?"""

from collections.abc import Collection

RETRIED = ("FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED")
"""Ends after which a job may be tried again. What somebody cancelled stays cancelled, and of a lost
job nobody knows whether it still runs."""

_EXIT = "exit:"
_LARGEST_CODE = 255


def is_retried(on: Collection[str], state: str, exit_code: int | None) -> bool:
    """Say whether an end is one of those: words of RETRIED, or `exit:75` for one exit code."""
    return state in on or (state == "FAILED" and f"{_EXIT}{exit_code}" in on)


def exit_codes(on: Collection[str]) -> tuple[int, ...]:
    """Return the exit codes that are named, in order."""
    return tuple(sorted(int(one.removeprefix(_EXIT)) for one in on if one.startswith(_EXIT)))


def is_end(text: str) -> bool:
    """Say whether a rule may name this end."""
    code = text.removeprefix(_EXIT)
    if code == text:
        return text in RETRIED
    return code.isascii() and code.isdigit() and 0 < int(code) <= _LARGEST_CODE
