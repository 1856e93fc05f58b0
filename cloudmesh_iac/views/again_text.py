"""How much finished work would a plan run again, in words?"""

from collections.abc import Sequence

from cloudmesh_iac.core.plans import RunAgain
from cloudmesh_iac.views.words import count

_LEAST = 0.01
_MANY = 10


def again_text(again: Sequence[RunAgain]) -> str:
    """Return `12 finished jobs run again, about 64 node-hours`."""
    number = len(again)
    verb = "runs" if number == 1 else "run"
    known = [one.node_hours for one in again if one.node_hours is not None]
    if not known:
        return f"{count(number, 'finished job')} {verb} again, nobody knows for how long"
    hours = sum(known)
    about = f"less than {_LEAST:g}" if hours < _LEAST else f"about {_written(hours)}"
    rest = number - len(known)
    more = f", not known for {rest:,} of them" if rest else ""
    return f"{count(number, 'finished job')} {verb} again, {about} node-hours{more}"


def _written(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= _MANY else f"{hours:.2g}"
