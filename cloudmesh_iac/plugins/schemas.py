"""What a package says of its types: kept on disk, for when its plugin cannot be asked itself."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties, changed_keys
from cloudmesh_iac.engine.asks import Difference


class _Property(BaseModel):
    model_config = ConfigDict(extra="ignore")
    needs_new: bool = Field(default=False, alias="willReplaceOnChanges")
    replaces: bool = Field(default=False, alias="replaceOnChanges")


class _Resource(BaseModel):
    model_config = ConfigDict(extra="ignore")
    inputs: dict[str, _Property] = Field(default_factory=dict, alias="inputProperties")


class _Package(BaseModel):
    """Source: pulumi/pkg/codegen/schema/pulumi.json."""

    model_config = ConfigDict(extra="ignore")
    resources: dict[str, _Resource] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """The types of a package, each with the inputs whose change needs a new object."""

    replaces: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def difference(self, type_: ResourceType, olds: Properties, news: Properties) -> Difference:
        """Return what a change of inputs comes to at most; a plugin may find less in it."""
        keys = tuple(changed_keys(olds, news))
        needs_new = self.replaces.get(type_, frozenset())
        replaces = tuple(key for key in keys if key in needs_new)
        return Difference(has_changes=bool(keys), keys=keys, replaces=replaces, is_certain=False)


@dataclass(frozen=True, slots=True)
class SchemaShelf:
    """Schemas in a folder, by name and version of the package and the digest of its program."""

    folder: Path

    def schema(
        self, package: Package, program: Path | None, ask: Callable[[], str]
    ) -> Schema | None:
        """Return the schema, asked for if it is not here; None for a plugin that has none.

        A program that somebody else has started is asked each time.
        """
        kept = None if program is None else self._place(package, program)
        if kept is not None and (schema := _read(kept)) is not None:
            return schema
        schema = parse_schema(ask())
        if kept is not None and schema is not None:
            _write(kept, schema)
        return schema

    def _place(self, package: Package, program: Path) -> Path:
        with program.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
        version = package.served_version or "any"
        return self.folder / f"{package.serves}-{version}-{digest}.json"


def parse_schema(text: str) -> Schema | None:
    """Read a package's schema; None for a text that is none."""
    try:
        package = _Package.model_validate_json(text)
    except ValidationError:
        return None
    found = {
        type_: frozenset(
            name for name, one in resource.inputs.items() if one.needs_new or one.replaces
        )
        for type_, resource in package.resources.items()
    }
    return Schema(found)


def _read(kept: Path) -> Schema | None:
    with suppress(OSError, ValueError):
        words = json.loads(kept.read_text())
        return Schema({type_: frozenset(keys) for type_, keys in words.items()})
    return None


def _write(kept: Path, schema: Schema) -> None:
    """A folder that cannot be written to costs a question each time, and nothing else."""
    words = {type_: sorted(keys) for type_, keys in schema.replaces.items()}
    draft = kept.with_suffix(".draft")
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps(words, sort_keys=True))
        draft.replace(kept)
