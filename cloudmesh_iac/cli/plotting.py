"""Which picture does a command line ask for?"""

from collections.abc import Sequence
from typing import NoReturn

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch.tables import PlotSpec, ReadTable

_KEYS = ("x", "y", "hue", "title", "log")
_HINT = "write it as --plot x=AXIS y=METRIC hue=AXIS"


def plot_asked(words: Sequence[str], plot: str | None) -> tuple[list[str], PlotSpec | None]:
    """Return the plain words, and the picture that `--plot x=nodes y=bw hue=xfer` asks for.

    The option takes one word; what else belongs to it stands among the plain ones. Errors:
    UsageProblem.
    """
    if plot is None:
        return list(words), None
    said = [*plot.split(), *(word for word in words if word.partition("=")[0] in _KEYS)]
    plain = [word for word in words if word.partition("=")[0] not in _KEYS]
    pairs: dict[str, str] = {}
    for word in said:
        key, has_value, value = word.partition("=")
        if key not in _KEYS or not (has_value and value):
            raise UsageProblem(f"--plot does not take {word!r}", hint=_HINT)
        pairs[key] = value
    missing = [key for key in ("x", "y") if key not in pairs]
    if missing:
        raise UsageProblem(f"--plot needs {' and '.join(missing)}", hint=_HINT)
    is_log = pairs.get("log", "no") in {"yes", "true", "1"}
    return plain, PlotSpec(
        x=pairs["x"], y=pairs["y"], hue=pairs.get("hue"), title=pairs.get("title", ""), log=is_log
    )


def raise_nothing_to_draw(plot: PlotSpec, tables: Sequence[ReadTable]) -> NoReturn:
    """Errors: UsageProblem, always, with what could be drawn."""
    axes = dict.fromkeys(axis for one in tables for axis in one.table.axes)
    metrics = dict.fromkeys(metric for one in tables for metric in one.table.metrics)
    raise UsageProblem(
        f"no sweep has numbers for x={plot.x} y={plot.y}"
        + (f" hue={plot.hue}" if plot.hue else ""),
        hint=f"axes: {', '.join(axes) or 'none'}; metrics: {', '.join(metrics) or 'none'}",
    )
