"""What does the scripted plugin answer? On plain data, with Pulumi's marks left as they come."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.case import Behaviour

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_MARK = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def with_names(
    olds: Mapping[str, Any], news: Mapping[str, Any], *, made_up: str, does: Behaviour
) -> dict[str, Any]:
    """Return the inputs with a name of the plugin's own where there is none."""
    inputs = dict(news)
    for key in does.auto:
        if key not in inputs:
            inputs[key] = olds.get(key, made_up)
    return inputs


def changed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    keys = sorted({*olds, *news})
    return [key for key in keys if bare(olds.get(key)) != bare(news.get(key))]


def outputs(
    id_: str, inputs: Mapping[str, Any], does: Behaviour, *, updates: int = 0
) -> dict[str, Any]:
    computed = {key: f"{key} of {id_}" for key in does.computed}
    recomputed = {key: f"{key} of {id_}, {updates}" for key in does.recomputed}
    return {**inputs, **computed, **recomputed}


def expected(inputs: Mapping[str, Any], olds: Mapping[str, Any], does: Behaviour) -> dict[str, Any]:
    """Return the outputs as a preview knows them."""
    if not does.previews:
        return dict(inputs)
    computed = {key: olds.get(key, UNKNOWN) for key in does.computed}
    return {**inputs, **computed, **dict.fromkeys(does.recomputed, UNKNOWN)}


def drifted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return them with another size, as secret as the one before."""
    old = values.get("size")
    is_secret = isinstance(old, Mapping) and old.get(_MARK) == _SECRET
    return {**values, "size": {_MARK: _SECRET, "value": "drifted"} if is_secret else "drifted"}


def bare(value: Any) -> Any:
    """Return a value without its marks of secrets."""
    if isinstance(value, Mapping):
        if value.get(_MARK) == _SECRET:
            return bare(value.get("value"))
        return {key: bare(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [bare(item) for item in value]
    return value
