"""How often is a job tried again, and after which ends?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cloudmesh_iac.core.retries import RETRIED, is_end


@dataclass(frozen=True)
class Retries:
    """Try a job again up to `most` times, in the same directory, after the ends in `on`.

    An end is FAILED (any exit code but 0), `exit:75` (that one), TIMEOUT, OUT_OF_MEMORY, NODE_FAIL
    or PREEMPTED; without `on` it is any of them. What somebody cancels is never tried again.
    """

    most: int
    on: Sequence[str] = RETRIED


def parse_retries(said: int | Retries) -> dict[str, Any]:
    """Return the property of a job: `{"most": 3, "on": ["TIMEOUT", "exit:75"]}`.

    A number is that often after any of the ends. Errors: ValueError.
    """
    rule = said if isinstance(said, Retries) else Retries(said)
    if type(rule.most) is not int or rule.most < 1:
        raise ValueError(f"{rule.most!r} is not a whole number from 1 up")
    if isinstance(rule.on, str) or not [*rule.on]:
        raise ValueError(f"on is {rule.on!r}, not a list of ends")
    wrong = [one for one in map(str, rule.on) if not is_end(one)]
    if wrong:
        known = ", ".join(RETRIED)
        raise ValueError(f"{wrong[0]!r} is no end to try again after: {known}, or exit:75")
    return {"most": rule.most, "on": list(dict.fromkeys(rule.on))}
