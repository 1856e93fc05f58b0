"""Records, intents and what the history keeps, as JSON texts, and back.

Reading is lenient with what another version wrote: keys that are not known are passed over, missing
ones get their defaults. Writing is canonical. Errors of reading: ValueError.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime
from functools import cache

from pydantic import BaseModel, Field, TypeAdapter

from cloudmesh_iac.core.hooks import NO_HOOKS, Hooks
from cloudmesh_iac.core.jobs import Ticket
from cloudmesh_iac.core.journal import UpdateEnded, UpdateStarted
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Parameter, Record
from cloudmesh_iac.core.registrations import Options, Source
from cloudmesh_iac.core.timeouts import NO_TIMEOUTS, Timeouts
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.wire.plain import (
    dump_json,
    from_plain,
    plain_properties,
    properties_from_plain,
    to_plain,
)

# These hold no property values, so pydantic reads them as they are.
_TICKET = TypeAdapter(Ticket)
_PARAMETERS = TypeAdapter(tuple[Parameter, ...])
_STARTED = TypeAdapter(UpdateStarted)
_ENDED = TypeAdapter(UpdateEnded)
_COPY = TypeAdapter(dict[str, str])


class StoredOptions(BaseModel):
    """Options as they were written: only what is not at its default."""

    protect: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: object = None
    additional_secret_outputs: tuple[str, ...] = ()
    retain_on_delete: bool = False
    deleted_with: Urn | None = None
    replace_with: tuple[Urn, ...] = ()
    import_id: str | None = None
    version: str = ""
    plugin_download_url: str = ""
    hooks: Hooks = NO_HOOKS
    timeouts: Timeouts = NO_TIMEOUTS
    hide_diffs: tuple[str, ...] = ()

    def to_options(self) -> Options:
        trigger = from_plain(self.replacement_trigger)
        plain = self.model_dump(exclude={"replacement_trigger", "hooks", "timeouts"})
        return Options(
            **plain, replacement_trigger=trigger, hooks=self.hooks, timeouts=self.timeouts
        )


class StoredRecord(BaseModel):
    """A record as it was written; the properties are plain data with Pulumi's marks."""

    urn: Urn
    type: ResourceType
    custom: bool = True
    id: str = ""
    inputs: dict[str, object] = Field(default_factory=dict)
    outputs: dict[str, object] = Field(default_factory=dict)
    parent: Urn | None = None
    dependencies: tuple[Urn, ...] = ()
    property_dependencies: dict[str, tuple[Urn, ...]] = Field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    options: StoredOptions = Field(default_factory=StoredOptions)
    creation: int = 1
    doomed: bool = False
    failed: bool = False
    pending_replacement: bool = False
    init_errors: tuple[str, ...] = ()
    external: bool = False
    from_apply: bool = False
    former: tuple[Urn, ...] = ()
    source: Source | None = None
    order: int = 0
    created: datetime | None = None
    modified: datetime | None = None
    made_again: datetime | None = None

    def to_record(self) -> Record:
        return Record(
            urn=self.urn,
            type=self.type,
            custom=self.custom,
            id=self.id,
            inputs=properties_from_plain(self.inputs),
            outputs=properties_from_plain(self.outputs),
            parent=self.parent,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            provider=self.provider,
            protect=self.protect,
            retain_on_delete=self.retain_on_delete,
            options=self.options.to_options(),
            creation=self.creation,
            doomed=self.doomed,
            failed=self.failed,
            pending_replacement=self.pending_replacement,
            init_errors=self.init_errors,
            external=self.external,
            from_apply=self.from_apply,
            former=self.former,
            source=self.source,
            order=self.order,
            created=self.created,
            modified=self.modified,
            made_again=self.made_again,
        )


class StoredIntent(BaseModel):
    urn: Urn
    op: Op
    creation: int
    goal: StoredRecord
    ticket: Ticket | None = None
    number: int = 0
    begun: datetime | None = None

    def to_intent(self) -> Intent:
        return Intent(
            self.urn,
            self.op,
            self.creation,
            self.goal.to_record(),
            ticket=self.ticket,
            number=self.number,
            begun=self.begun,
        )


def record_to_json(record: Record) -> str:
    return dump_json(_to_plain(record))


def record_from_json(text: str) -> Record:
    return StoredRecord.model_validate(json.loads(text)).to_record()


def intent_to_json(intent: Intent) -> str:
    return dump_json(_to_plain(intent))


def intent_from_json(text: str) -> Intent:
    return StoredIntent.model_validate(json.loads(text)).to_intent()


def ticket_to_json(ticket: Ticket) -> str:
    return dump_json(_to_plain(ticket))


def ticket_from_json(text: str) -> Ticket:
    return _TICKET.validate_python(json.loads(text))


def parameters_to_json(parameters: Sequence[Parameter]) -> str:
    return dump_json([_to_plain(parameter) for parameter in parameters])


def parameters_from_json(text: str) -> tuple[Parameter, ...]:
    return _PARAMETERS.validate_python(json.loads(text))


def started_to_json(started: UpdateStarted) -> str:
    """Leave out the copy of the program: it is kept under its digest."""
    origin = replace(started.origin, files={})
    return dump_json(_to_plain(replace(started, origin=origin)))


def started_from_json(text: str) -> UpdateStarted:
    """What was called the digest of a plan at first was that of what it is made from."""
    plain = json.loads(text)
    if isinstance(plain, dict) and "fingerprint" not in plain and "plan_digest" in plain:
        plain = {**plain, "fingerprint": plain["plan_digest"], "plan_digest": ""}
    return _STARTED.validate_python(plain)


def ended_to_json(ended: UpdateEnded) -> str:
    return dump_json(_to_plain(ended))


def ended_from_json(text: str) -> UpdateEnded:
    return _ENDED.validate_python(json.loads(text))


def copy_to_json(files: Mapping[str, str]) -> str:
    return dump_json(dict(files))


def copy_from_json(text: str) -> Mapping[str, str]:
    return _COPY.validate_python(json.loads(text))


_PROPERTIES = frozenset({"inputs", "outputs"})
_SCALARS = frozenset({str, bool, int, float, type(None)})
_NOTHING = object()  # equals no value: a field without a default is always written


@cache
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the fields of a class of core, each with its default; made once for each class."""
    assert is_dataclass(kind)
    return tuple(
        (field.name, field.default_factory())
        if field.default_factory is not MISSING
        else (field.name, _NOTHING if field.default is MISSING else field.default)
        for field in fields(kind)
    )


def _plain_record(record: Record) -> dict[str, object]:
    """Write only what is not at its default: a record is written for each change of a stack."""
    return {
        name: plain_properties(value) if name in _PROPERTIES else _to_plain(value)
        for name, default in _defaults(Record)
        if (value := getattr(record, name)) is not default and value != default
    }


def _plain_options(options: Options) -> dict[str, object]:
    """Aliases are of no use once a record has its new name."""
    plain = {
        name: _to_plain(value)
        for name, default in _defaults(Options)
        if name not in {"aliases", "replacement_trigger"}
        and (value := getattr(options, name)) != default
    }
    if options.replacement_trigger is not None:
        plain["replacement_trigger"] = to_plain(options.replacement_trigger)
    return plain


def _to_plain(thing: object) -> object:
    """Turn a value of core into JSON-able data, field by field."""
    if type(thing) in _SCALARS:
        return thing
    if isinstance(thing, tuple):
        return [_to_plain(item) for item in thing]
    if isinstance(thing, Record | Options):
        return _plain_record(thing) if isinstance(thing, Record) else _plain_options(thing)
    if isinstance(thing, Mapping):
        return {key: _to_plain(item) for key, item in thing.items()}
    if is_dataclass(thing) and not isinstance(thing, type):
        return {name: _to_plain(getattr(thing, name)) for name, _ in _defaults(type(thing))}
    return thing.isoformat() if isinstance(thing, datetime) else thing
