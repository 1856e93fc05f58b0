"""Which archives has this project used? `cmx.lock`, which belongs into git.

It holds the SHA-256 of each archive, by plugin, version and platform, and where its publisher has
it: what was fetched once is what everybody gets from then on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.plugins.finding import version_order

LOCK_FILE = "cmx.lock"
_FORMAT = 1
_Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    """One version of a plugin; no `url` is Pulumi's own place."""

    model_config = ConfigDict(extra="forbid")

    url: str = ""
    sha256: dict[str, _Digest] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    plugins: dict[str, dict[str, _Entry]] = {}


@dataclass(frozen=True, slots=True)
class Locked:
    """A plugin that the project has used, and the digests of its archives by platform."""

    package: Package
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LockFile:
    """The file of one project; read for each question, it may have come with a `git pull`."""

    path: Path

    def digest(self, package: Package, platform: str) -> str | None:
        """Return what the archive has to be. Errors: UsageProblem for a file that is none."""
        entry = self._read().plugins.get(package.name, {}).get(package.version, _Entry())
        return entry.sha256.get(platform)

    def note(self, package: Package, platform: str, digest: str) -> None:
        """Write down what the archive is. Errors: UsageProblem."""
        content = self._read()
        versions = content.plugins.setdefault(package.name, {})
        entry = versions.setdefault(package.version, _Entry(url=package.plugin_download_url))
        entry.sha256[platform] = digest
        text = json.dumps(content.model_dump(exclude_defaults=True), indent=2, sort_keys=True)
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            draft.write_text(f"{text}\n")
            draft.replace(self.path)
        except OSError as error:
            raise UsageProblem(f"{self.path} cannot be written: {error.strerror}") from error

    def content(self) -> Sequence[Locked]:
        """Return all of it, by name and from old to new versions."""
        return [
            Locked(Package(name, version, entry.url), entry.sha256)
            for name, versions in sorted(self._read().plugins.items())
            for version, entry in sorted(versions.items(), key=lambda one: version_order(one[0]))
        ]

    def _read(self) -> _File:
        try:
            content = _File.model_validate_json(self.path.read_text())
        except FileNotFoundError:
            return _File(version=_FORMAT)
        except (ValidationError, UnicodeDecodeError, OSError) as error:
            raise UsageProblem(
                f"{self.path} is no lock file",
                subject=str(self.path),
                hint="take the one from git, or remove it: the next run writes it anew",
            ) from error
        if content.version != _FORMAT:
            raise UsageProblem(
                f"{self.path} has version {content.version}, and this cmx knows version {_FORMAT}",
                hint="use a newer cmx",
            )
        return content
