"""What do the settings files say? One model for the project's, the person's and the host's."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudmesh_iac.core.near_names import nearest
from cloudmesh_iac.errors import UsageProblem


class NodeDefaults(BaseModel):
    """What machines and networks are made of where a program does not say.

    `key` is a public key or a file with one; `memory` a size like `4 GiB`, `disk` in GiB.
    """

    model_config = ConfigDict(extra="forbid")

    image: str | None = None
    flavor: str | None = None
    cpus: int | None = None
    memory: str | int | None = None
    disk: int | None = None
    key: str | None = None
    login: str | None = None
    network: str | None = None
    external_network: str | None = None
    security_groups: list[str] | None = None
    group: str | None = None
    names: str | None = None


class Defaults(NodeDefaults):
    """`site` is for what names none; `sites` says more about single sites than the rest."""

    site: str | None = None
    sites: dict[str, NodeDefaults] = {}


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
    requests: int | None = Field(None, ge=1)


class PluginEntry(BaseModel):
    """Where Pulumi's provider plugins are: a folder of them, a mirror of archives, programs.

    `on_login_node` is the administrator's alone.
    """

    model_config = ConfigDict(extra="forbid")

    folder: str | None = None
    mirror: str | None = None
    paths: dict[str, str] = {}
    download: bool = True
    on_login_node: bool = False


class SettingsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    default: Defaults = Defaults()
    sites: dict[str, SiteEntry] = {}
    limits: Limits | None = None
    plugins: PluginEntry = PluginEntry()


_MODELS = {
    "": SettingsFile.model_fields,
    "default": Defaults.model_fields,
    "limits": Limits.model_fields,
    "plugins": PluginEntry.model_fields,
}
"""The keys that there are, by the key that they stand below."""


def read_settings(file: Path) -> SettingsFile:
    """Read one file; a missing one says nothing.

    Errors: UsageProblem that names the file and every key that is wrong.
    """
    try:
        text = file.read_text()
    except FileNotFoundError:
        return SettingsFile()
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{file} is not a text file") from error
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
        lines = [_words(one["loc"], one["msg"], kind=one["type"]) for one in error.errors()]
        raise UsageProblem(f"{file}: {'; '.join(lines)}") from error


def _words(place: tuple[int | str, ...], message: str, *, kind: str) -> str:
    if not place:
        return "it needs `default:` or `sites:`"
    key = ".".join(str(part) for part in place)
    known = _MODELS.get(str(place[0]) if len(place) > 1 else "", {})
    near = nearest(str(place[-1]), known) if kind == "extra_forbidden" else None
    meant = "" if near is None else f" (did you mean {near!r}?)"
    return f"{key}: {message}{meant}"
