"""Which values do the axes of a sweep get from the command line?

`--sweep "epoch=[1-3] x=1,4"`: axes are separated by spaces, values by commas; `[1-3,7]` counts, and
stands alone or in a text (`node[08-10]`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import pulumi

from cloudmesh_iac.components.experiment import current_experiment
from cloudmesh_iac.components.points import AxisValue
from cloudmesh_iac.errors import UsageProblem

_OPTION = "sweep"
_HELP = 'values of axes, for example "n=[1-3] x=1,4"'
_PART = re.compile(r"((?:[^,\[\]]|\[[^\[\]]*\])+)(?:,|$)")
_COUNT = re.compile(r"(\d+)(?:-(\d+))?")
_MOST = 100_000
_TRUTH = {"true": True, "false": False}


def with_given_values(axes: Mapping[str, Sequence[AxisValue]]) -> dict[str, Sequence[AxisValue]]:
    """Return the axes with the values that the option gives them; others stay as they are.

    Errors: UsageProblem for a text that cannot be read.
    """
    if pulumi.Config().get(_OPTION) is None:
        return dict(axes)
    experiment = current_experiment()
    given = parse_sweep(experiment.param(_OPTION, "", _HELP))
    experiment.look_for(given, among=axes)
    return {
        axis: _like(given[axis], values) if axis in given else values
        for axis, values in axes.items()
    }


def parse_sweep(text: str) -> dict[str, list[str]]:
    """Return the values of each axis as they are written. Errors: UsageProblem."""
    axes: dict[str, list[str]] = {}
    for word in text.split():
        axis, has_values, values = word.partition("=")
        if not axis or not has_values or not values:
            raise _unreadable(text, f"{word!r} is not AXIS=VALUES")
        if axis in axes:
            raise _unreadable(text, f"axis {axis!r} stands there twice")
        axes[axis] = [value for part in _parts(values, text) for value in _counted(part, text)]
    return axes


def _parts(values: str, text: str) -> Iterator[str]:
    at = 0
    while at < len(values):
        found = _PART.match(values, at)
        if found is None:
            raise _unreadable(text, f"{values!r} is no list of values")
        yield found[1]
        at = found.end()


def _counted(part: str, text: str) -> Iterator[str]:
    """Return `a1`, `a2` for `a[1-2]`; zeros in front are kept."""
    stem, bracket, rest = part.partition("[")
    if not bracket:
        yield part
        return
    inside, _, end = rest.partition("]")
    for piece in inside.split(","):
        found = _COUNT.fullmatch(piece.strip())
        if found is None:
            raise _unreadable(text, f"[{inside}] does not count: write [1-3] or [1,2,5]")
        first, last = found[1], found[2] or found[1]
        if not 0 <= int(last) - int(first) < _MOST:
            raise _unreadable(text, f"[{inside}] counts backwards, or too far")
        for number in range(int(first), int(last) + 1):
            written = f"{stem}{str(number).zfill(len(first))}"
            yield from (f"{written}{one}" for one in _counted(end, text)) if end else (written,)


def _like(written: Sequence[str], declared: Sequence[AxisValue]) -> list[AxisValue]:
    """Read numbers and truth values, unless the axis holds nothing but texts."""
    if all(isinstance(value, str) for value in declared):
        return list(written)
    return [_value(text) for text in written]


def _value(text: str) -> AxisValue:
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _unreadable(text: str, why: str) -> UsageProblem:
    return UsageProblem(f"--{_OPTION} {text!r}: {why}", hint='write it as --sweep "n=[1-3] x=1,4"')
