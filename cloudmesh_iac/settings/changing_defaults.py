"""Settle a default in a settings file."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.site_names import problem_of_schema
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.defaults import KEYS
from cloudmesh_iac.settings.files import NodeDefaults, read_settings
from cloudmesh_iac.settings.whole_files import write_whole
from cloudmesh_iac.settings.yaml_text import changed_yaml, read_yaml

SITE = "site"
ALL_KEYS = (SITE, *KEYS)
_LISTS = ("security_groups",)


def checked_key(key: str) -> str:
    """Errors: UsageProblem for a default that does not exist ("did you mean")."""
    if key in ALL_KEYS:
        return key
    raise UsageProblem(
        f"there is no default {key!r}",
        subject=key,
        hint=instead_of(key, ALL_KEYS, otherwise=f"there are: {', '.join(ALL_KEYS)}"),
    )


def settle_default(file: Path, key: str, text: str, *, site: str | None) -> None:
    """Write a default into a file, of all sites or of one; an empty text takes it out.

    Comments of the file stay. Errors: UsageProblem for a value that does not fit, or for a file
    that cannot be read, changed or written.
    """
    read_settings(file)  # a file that is wrong already is told as ever
    value = None if not text else _typed(key, text)
    try:
        before = file.read_text() if file.is_file() else ""
        document = read_yaml(before)
        default = dict(document.get("default") or {})
        inner = default if site is None else dict((default.get("sites") or {}).get(site) or {})
        if value is None:
            inner.pop(key, None)
        else:
            inner[key] = value
        if site is not None:
            default["sites"] = {**(default.get("sites") or {}), site: inner}
            inner = default
        write_whole(file, changed_yaml(before, {**document, "default": inner}))
    except ValueError as error:
        raise UsageProblem(
            f"{file} cannot be changed: {error}", hint="change it in an editor"
        ) from error
    except OSError as error:
        raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error


def _typed(key: str, text: str) -> object:
    value: object = text.split(",") if key in _LISTS else text
    if key == SITE:
        return value
    if key == "names" and (problem := problem_of_schema(text)):
        raise UsageProblem(f"names: {text!r}: {problem}")
    field = NodeDefaults.model_fields[key]
    try:
        checked: object = TypeAdapter[object](field.annotation or object).validate_python(value)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        raise UsageProblem(f"default {key} is {text!r}: {said}", subject=key) from error
    return checked
