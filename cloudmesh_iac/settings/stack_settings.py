"""How is a stack configured? `Pulumi.<stack>.yaml`, in the form that Pulumi gives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.errors import NotSupportedYet, UsageProblem
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.setting_values import encrypted, text_of, with_encrypted

SALT = "encryptionsalt"
_KNOWN = ("config", SALT, "secretsprovider")
_OTHERS = ("encryptedkey", "environment")  # Pulumi's, for its cloud services


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Settings with full keys (`project:name`) and text values.

    `secure` are those with something encrypted in them: texts as they stand in the file, below
    `{"secure": ...}`. `salt` stands for the key that they are encrypted with.
    """

    plain: Mapping[str, str] = field(default_factory=dict)
    secure: Mapping[str, Any] = field(default_factory=dict)
    salt: str = ""

    def opened(self, decrypt: Callable[[str], str]) -> Mapping[str, str]:
        """Return the secret settings in clear. Errors: whatever `decrypt` raises."""
        return {key: text_of(with_encrypted(value, decrypt)) for key, value in self.secure.items()}

    def as_written(self) -> Mapping[str, str]:
        """Return all settings, the secret ones encrypted: good for comparing."""
        return {**self.plain, **{key: text_of(value) for key, value in self.secure.items()}}


def settings_file(project: Project, stack: str) -> Path:
    return project.stack_config_dir / f"Pulumi.{stack}.yaml"


def read_stack_settings(project: Project, stack: str) -> StackSettings:
    """Return what a stack's file says; nothing when there is none.

    Errors: UsageProblem for a file that cannot be read; NotSupportedYet for what it needs a
    service for.
    """
    file = settings_file(project, stack)
    if not file.is_file():
        return StackSettings()
    try:
        content = yaml.safe_load(file.read_text()) or {}
        values = dict(content.get("config") or {})
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, OSError) as error:
        raise UsageProblem(
            f"{file} cannot be read: {str(error).partition(chr(10))[0]}",
            hint="it needs `config:` with one `name: value` a line",
        ) from error
    _refuse_unknown(file, content)
    named = {full_key(project, key): value for key, value in values.items()}
    secure = {key: value for key, value in named.items() if any(encrypted(value))}
    salt = str(content.get(SALT) or "")
    if secure and not salt:
        raise UsageProblem(
            f"{file}: {min(secure)} is encrypted, and there is no `{SALT}:`",
            hint="take the line back from where it was lost, or set the value again",
        )
    plain = {key: text_of(value) for key, value in named.items() if key not in secure}
    return StackSettings(plain, secure, salt)


def full_key(project: Project, key: object) -> str:
    text = str(key)
    return text if ":" in text else f"{project.name}:{text}"


def _refuse_unknown(file: Path, content: Mapping[str, object]) -> None:
    for key in content:
        if key in _OTHERS:
            raise NotSupportedYet(f"{file}: {key}: not supported yet")
        if key not in _KNOWN:
            raise UsageProblem(
                f"{file}: {key} is no key of such a file",
                hint=instead_of(str(key), _KNOWN, otherwise="settings stand below `config:`"),
            )
    provider = content.get("secretsprovider", "passphrase")
    if provider not in {"passphrase", "default"}:
        raise NotSupportedYet(f"{file}: secretsprovider {provider}: only `passphrase` is supported")
