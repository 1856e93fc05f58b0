"""How is the default provider of a package configured? By the stack's settings of its name."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Value

_DISABLED = "pulumi:disable-default-providers"
_EVERY = "*"
_WITHOUT = frozenset({"pulumi", "pulumi-python", "cmx"})  # they are served by ourselves


@dataclass(frozen=True, slots=True)
class StackValues:
    """Settings with full keys; `hidden` are secret ones that cannot be read here."""

    values: Mapping[str, str] = field(default_factory=dict)
    secret: Collection[str] = ()
    hidden: Collection[str] = ()


class Defaults:
    """Called as the registry does it; the settings are read when a package needs them."""

    def __init__(self, read: Callable[[], StackValues]) -> None:
        self._read = read

    def __call__(self, package: str) -> Properties | Failure | None:
        """Return the inputs of a package's default provider; None where it needs none."""
        if package in _WITHOUT:
            return None
        settings = self._read()
        barred = _barred(settings.values.get(_DISABLED, ""))
        if isinstance(barred, Failure):
            return barred
        if barred & {_EVERY, package}:
            return Failure(
                f"the default provider of {package} is switched off by {_DISABLED}",
                f"make a provider in the program, and hand it over with `provider=`;"
                f" or take {package} out of {_DISABLED}",
            )
        return {
            key.removeprefix(f"{package}:"): _value(key, text, settings)
            for key, text in settings.values.items()
            if key.startswith(f"{package}:")
        }


def _value(key: str, text: str, settings: StackValues) -> Value:
    if key in settings.hidden:
        return Secret(UNKNOWN)
    return Secret(text) if key in settings.secret else text


def _barred(text: str) -> frozenset[str] | Failure:
    if text.strip() in {"", _EVERY}:
        return frozenset({_EVERY} if text.strip() else ())
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return Failure(
            f"{_DISABLED} is no list of packages", f'write it like ["openstack"] or {_EVERY}'
        )
    return frozenset(name.strip() for name in names)
