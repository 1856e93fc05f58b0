"""Change the settings of a stack in its file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.paths import EVERY, Part, parse_path, path_text
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.setting_values import (
    SECURE,
    at,
    encrypted,
    put,
    with_encrypted,
    without,
)
from cloudmesh_iac.settings.stack_settings import SALT, full_key, settings_file
from cloudmesh_iac.settings.whole_files import write_whole
from cloudmesh_iac.settings.yaml_text import Document, changed_yaml, read_yaml

CONFIG = "config"


@dataclass(frozen=True, slots=True)
class SettingKey:
    """A setting, or with a path a place inside of it."""

    name: str
    path: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """The key as a person would write it."""
        inner = path_text(("x", *self.path)).removeprefix("x")
        return f"{self.name}{inner}"


def parse_key(project: Project, text: str, *, is_path: bool = False) -> SettingKey:
    """Return what a person calls a setting: `name` is one of the project, `other:name` is not.

    Errors: UsageProblem for what cannot be a key.
    """
    space, colon, name = text.partition(":")
    if not colon:
        space, name = project.name, text
    parts: tuple[Part, ...] = (name,)
    try:
        if is_path:
            parts = parse_path(name)
        first = parts[0]
        if not space or not isinstance(first, str) or not first or ":" in first or EVERY in parts:
            raise ValueError("a part of it has no name")
    except ValueError as error:
        raise UsageProblem(
            f"{text!r} is no key of a setting",
            hint="say `name`, `other:name`, or with --path `name.inner` or `name[0]`",
        ) from error
    return SettingKey(f"{space}:{first}", parts[1:])


@dataclass(frozen=True, slots=True)
class StackFile:
    """The file of a stack, the text that was found in it, and the one that it is to have.

    Only `save` writes.
    """

    project: Project
    path: Path
    text: str
    found: str = ""

    @property
    def salt(self) -> str:
        return str(self._document.get(SALT) or "")

    @property
    def _document(self) -> Document:
        return read_yaml(self.text)

    def is_secret(self, key: SettingKey) -> bool:
        """Say whether something at this place is encrypted now."""
        config = self._document.get(CONFIG) or {}
        try:
            return any(encrypted(at(config, (self._as_written(config, key.name), *key.path))))
        except KeyError:
            return False

    def with_setting(self, key: SettingKey, value: object) -> "StackFile":
        """Errors: UsageProblem for a path that leads through something without an inside."""
        config = self._document.get(CONFIG) or {}
        name = self._as_written(config, key.name)
        try:
            setting = put(config.get(name), key.path, value)
        except ValueError as error:
            raise UsageProblem(f"{self.path}: {key.name} {error}", subject=key.name) from error
        return self._changed({**self._document, CONFIG: {**config, name: setting}})

    def without_setting(self, key: SettingKey) -> "StackFile":
        """Errors: KeyError where there is no such thing."""
        document = self._document
        config = document.get(CONFIG) or {}
        document[CONFIG] = without(config, (self._as_written(config, key.name), *key.path))
        if not document[CONFIG]:
            del document[CONFIG]
        return self._changed(document)

    def with_salt(self, salt: str) -> "StackFile":
        return self._changed({**self._document, SALT: salt})

    def with_encrypted(self, change: Callable[[str], str]) -> "StackFile":
        """Return the file with every encrypted text put into another form."""
        config = with_encrypted(self._document.get(CONFIG), lambda text: {SECURE: change(text)})
        return self._changed({**self._document, CONFIG: config})

    def save(self) -> None:
        """Errors: UsageProblem for a file that cannot be written, or that has changed since."""
        self.raise_changed()
        try:
            write_whole(self.path, self.text)
        except OSError as error:
            raise UsageProblem(f"{self.path} cannot be written: {error.strerror}") from error

    def raise_changed(self) -> None:
        """Errors: UsageProblem when somebody else has written the file since it was read."""
        if _text_in(self.path) != self.found:
            raise UsageProblem(
                f"{self.path} was changed meanwhile, and is left as it is",
                hint="repeat the command",
            )

    def _as_written(self, config: Document, name: str) -> str:
        """Return the key as it stands in the file: one of the project may stand there in short."""
        return next((one for one in config if full_key(self.project, one) == name), name)

    def _changed(self, document: Document) -> "StackFile":
        try:
            return replace(self, text=changed_yaml(self.text, document))
        except ValueError as error:
            raise UsageProblem(
                f"{self.path} cannot be changed: {error}", hint="change it in an editor"
            ) from error


def open_stack_file(project: Project, stack: str) -> StackFile:
    """Return the file of a stack, empty where there is none. Errors: UsageProblem."""
    path = settings_file(project, stack)
    text = _text_in(path)
    try:
        read_yaml(text)
    except ValueError as error:
        raise UsageProblem(f"{path} cannot be read: {error}") from error
    return StackFile(project, path, text, found=text)


def _text_in(path: Path) -> str:
    try:
        return path.read_bytes().decode() if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} cannot be read: {error}") from error
