"""Which differences does a program not want to see, by its option `hide_diffs`?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cloudmesh_iac.core.paths import Path, contains, parse_path
from cloudmesh_iac.core.plans import Reason
from cloudmesh_iac.core.values import OutputValue, Secret, Value, distinct, is_same

HIDDEN: Value = {"hidden": True}


@dataclass(frozen=True, slots=True)
class Shown:
    """A reason without the hidden values, and the paths of those that differ."""

    reason: Reason
    hidden: tuple[str, ...] = ()


def shown(reason: Reason) -> Shown:
    """Put `HIDDEN` in the place of what is not to be seen."""
    if not reason.hides:
        return Shown(reason)
    old, new = _Mask(reason.hides), _Mask(reason.hides)
    masked = replace(
        reason, old=old.of(reason.old, (reason.key,)), new=new.of(reason.new, (reason.key,))
    )
    names = {**new.names, **old.names}
    differ = (
        name
        for place, name in names.items()
        # of a plan that was read back, what is hidden already is what has differed
        if not is_same(old.at(place), new.at(place)) or old.at(place) == HIDDEN
    )
    return Shown(masked, distinct(differ))


class _Mask:
    """Takes values out, and keeps them with the path that said so."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = {path: parse_path(path) for path in paths}
        self._found: dict[Path, Value] = {}
        self.names: dict[Path, str] = {}

    def at(self, place: Path) -> Value:
        return self._found.get(place)

    def of(self, value: Value, place: Path) -> Value:
        name = next((text for text, path in self._paths.items() if contains(path, place)), None)
        if name is not None:
            self.names[place], self._found[place] = name, value
            return HIDDEN
        if isinstance(value, Secret):
            return Secret(self.of(value.value, place))
        if isinstance(value, OutputValue):
            return replace(value, value=self.of(value.value, place))
        if isinstance(value, Mapping):
            return {key: self.of(item, (*place, key)) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(self.of(item, (*place, at)) for at, item in enumerate(value))
        return value
