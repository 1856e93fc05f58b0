"""What do the settings files say? One model for the project's, the person's and the host's."""

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cloudmesh_iac.errors import UsageProblem


class Defaults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    site: str | None = None


class SiteEntry(BaseModel):
    """One site; every key but `kind` belongs to the kind and is checked there."""

    model_config = ConfigDict(extra="allow")

    kind: str

    def options(self) -> dict[str, object]:
        return dict(self.__pydantic_extra__ or {})


class Limits(BaseModel):
    """What the administrator of a host lays down: people can only be stricter with themselves."""

    model_config = ConfigDict(extra="forbid")

    local: bool = True
    poll_s: float | None = None


class SettingsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    default: Defaults = Defaults()
    sites: dict[str, SiteEntry] = {}
    limits: Limits | None = None


def read_settings(file: Path) -> SettingsFile:
    """Read one file; a missing one says nothing.

    Errors: UsageProblem that names the file and every key that is wrong.
    """
    try:
        text = file.read_text()
    except FileNotFoundError:
        return SettingsFile()
    except OSError as error:
        raise UsageProblem(f"{file} cannot be read: {error.strerror}") from error
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageProblem(f"{file} is not YAML: {str(error).replace(chr(10), ' ')}") from error
    if content is None:
        return SettingsFile()
    try:
        return SettingsFile.model_validate(content)
    except ValidationError as error:
        lines = [_words(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise UsageProblem(f"{file}: {'; '.join(lines)}") from error


def _words(place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    near = difflib.get_close_matches(str(place[-1]) if place else "", SettingsFile.model_fields)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{key}: {message}{meant}"
