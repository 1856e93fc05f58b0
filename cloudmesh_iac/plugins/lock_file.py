"""Which archives has this project used? `cmx.lock`, which belongs into git.

It holds the SHA-256 of each archive, by plugin, version and platform: what was fetched once is what
everybody gets from then on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem

LOCK_FILE = "cmx.lock"
_Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = 1
    plugins: dict[str, dict[str, dict[str, _Digest]]] = {}


@dataclass(frozen=True, slots=True)
class LockFile:
    """The file of one project; read for each question, it may have come with a `git pull`."""

    path: Path

    def digest(self, package: Package, platform: str) -> str | None:
        """Return what the archive has to be. Errors: UsageProblem for a file that is none."""
        versions = self._read().plugins.get(package.name, {})
        return versions.get(package.version, {}).get(platform)

    def note(self, package: Package, platform: str, digest: str) -> None:
        """Write down what the archive is. Errors: UsageProblem."""
        content = self._read()
        versions = content.plugins.setdefault(package.name, {})
        versions.setdefault(package.version, {})[platform] = digest
        text = json.dumps(content.model_dump(), indent=2, sort_keys=True) + "\n"
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            draft.write_text(text)
            draft.replace(self.path)
        except OSError as error:
            raise UsageProblem(f"{self.path} cannot be written: {error.strerror}") from error

    def content(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """Return all of it: digests by plugin, version and platform."""
        return self._read().plugins

    def _read(self) -> _File:
        try:
            content = _File.model_validate_json(self.path.read_text())
        except FileNotFoundError:
            return _File()
        except (ValidationError, UnicodeDecodeError, OSError) as error:
            raise UsageProblem(
                f"{self.path} is no lock file",
                subject=str(self.path),
                hint="take the one from git, or remove it: the next run writes it anew",
            ) from error
        if content.version != 1:
            raise UsageProblem(
                f"{self.path} has version {content.version}, and this cmx knows version 1",
                hint="use a newer cmx",
            )
        return content
