"""Where does a secret come from? Settings name a place, and never hold the secret itself."""

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer

_COMMAND_S = 60.0


class SecretReference(BaseModel):
    """The place of one secret: exactly one of these.

    `env` is a variable; `file`, an absolute path, has it in its first line; `command` prints it;
    `keyring` is SERVICE/USER of the desktop's keyring, asked by the program of that name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: Path | None = None
    command: str | None = None
    keyring: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "SecretReference":
        said = [one for one in (self.env, self.file, self.command, self.keyring) if one is not None]
        if len(said) != 1:
            raise ValueError("say one of env, file, command, keyring: never the secret itself")
        return self

    def __str__(self) -> str:
        return next(f"{key} {value}" for key, value in self if value is not None)


def parse_reference(text: str) -> SecretReference:
    """Read a reference in one word: `env:BMC`, `file:~/.bmc/i01`, `keyring:lab/admin`.

    Errors: UsageProblem, which does not repeat the text: it may be a secret.
    """
    kind, _, place = text.partition(":")
    if kind not in SecretReference.model_fields or not place.strip():
        raise UsageProblem(
            "it is no reference to a secret",
            hint="write env:NAME, file:PATH or keyring:SERVICE/USER",
        )
    return SecretReference.model_validate({kind: place.strip()})


@dataclass(frozen=True, slots=True)
class Secrets:
    """Fetches secrets when they are needed."""

    computer: Computer

    def fetch(self, reference: SecretReference, *, what: str) -> str:
        """Return the secret. Errors: UsageProblem that names the place, never what stands there."""
        if reference.env is not None:
            found = self.computer.environment.get(reference.env)
        elif reference.file is not None:
            found = _first_line(reference.file, what)
        elif reference.command is not None:
            found = _printed(shlex.split(reference.command), what)
        else:
            service, _, user = str(reference.keyring).rpartition("/")
            found = _printed(["keyring", "get", service, user], what)
        if not found:
            raise UsageProblem(f"{what}: there is nothing in {reference}", hint="put it there")
        return found


def _first_line(file: Path, what: str) -> str:
    try:
        if file.stat().st_mode & 0o077:
            raise UsageProblem(
                f"{what}: {file} can be read by others", hint=f"chmod 600 {shlex.quote(str(file))}"
            )
        return file.read_text().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{what}: {file} cannot be read") from error


def _printed(command: list[str], what: str) -> str:
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_COMMAND_S
        )
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        name = command[0] if command else "an empty command"
        raise UsageProblem(f"{what}: {name} gave no secret", hint="try it by hand") from error
    return done.stdout.partition("\n")[0].strip()
