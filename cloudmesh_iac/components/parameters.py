"""Values that a person may give on the command line or in the stack's settings."""

import json
import math
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pulumi
from pulumi.runtime.config import is_config_secret

from cloudmesh_iac.components.context import RUN
from cloudmesh_iac.errors import ExperimentError, UsageProblem

P = TypeVar("P", bool, int, float, str, list[str])

_OPTIONS_OF_CMX = frozenset(
    {"all", "exit_code", "help", "json", "on", "plan", "save", "stack", "wait", "yes"}
    | {"exclude", "exclude_dependents", "replace", "target", "target_dependents"}
)
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True)
class Asked:
    """One parameter as it was resolved; the engine keeps it with the run."""

    name: str
    value: Any
    default: Any
    help: str
    origin: str

    def to_plain(self) -> dict[str, str]:
        return {
            "name": self.name,
            "value": to_text(self.value),
            "default": to_text(self.default),
            "kind": type(self.default).__name__,
            "origin": self.origin,
            "help": self.help,
        }


def ask(name: str, default: P, description: str) -> tuple[P, Asked]:
    """Resolve a parameter: option, then `Pulumi.<stack>.yaml`, then default.

    The type is the default's: bool, int, float, str, or a list of texts (split at commas).
    Errors: UsageProblem for a text that is not of this type; ExperimentError for a name or default
    that no option could carry, and for a secret setting.
    """
    if not name.isidentifier():
        raise ExperimentError(
            f"parameter {name!r} could not be given as an option",
            hint="use letters, digits and `_`",
        )
    if name in _OPTIONS_OF_CMX:
        raise ExperimentError(f"parameter {name!r} is an option of cmx itself: choose another name")
    if not isinstance(default, bool | int | float | str | list):
        raise ExperimentError(
            f"parameter {name}: a default of type {type(default).__name__} is not supported",
            hint="use bool, int, float, str or a list of str",
        )
    settings = pulumi.Config()
    if is_config_secret(settings.full_key(name)):
        raise ExperimentError(
            f"parameter {name} is a secret setting, and parameters are shown to everybody",
            hint=f"read it with `pulumi.Config().require_secret({name!r})`",
        )
    text = settings.get(name)
    if text is None:
        return default, Asked(name, default, default, description, "default")
    given = (pulumi.Config(RUN).get("options") or "").split(",")
    origin = "option" if name in given else "configuration"
    value = parse(name, text, default)
    return value, Asked(name, value, default, description, origin)


def parse(name: str, text: str, default: P) -> P:
    """Errors: UsageProblem that names the parameter and what it takes."""
    try:
        return cast("P", _parsed(text.strip(), default))
    except ValueError as error:
        wanted = {bool: "yes or no", int: "a whole number", float: "a number"}
        raise UsageProblem(
            f"parameter {name} takes {wanted.get(type(default), 'text')}, not {text!r}",
            hint=f"its default is {to_text(default)}",
        ) from error


def _parsed(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError(text)
        return text.lower() in _TRUE
    if isinstance(default, list):
        if text.startswith("["):  # as a list in the stack's settings comes
            return [str(item) for item in json.loads(text)]
        return [part.strip() for part in text.split(",") if part.strip()]
    value = type(default)(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(text)
    return value


def to_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)
