"""What a history is: generations of one program, and how the provider behaves meanwhile.

`tests/oracle/README.md` says what each field means; `tests/rigs/pulumi/go/case.go` reads the
same JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.oracle.codec import from_json, to_json

VERSION = 1
THING = "test:index:Thing"
GROUP = "test:index:Group"

Written: TypeAlias = Any  # JSON, with the marks below


def ref(key: str, output: str = "address") -> Written:
    return {"$ref": [key, output]}


def secret(value: Written) -> Written:
    return {"$secret": value}


@dataclass(frozen=True)
class Behaviour:
    replaces: tuple[str, ...] = ()
    deletes_first: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    recomputed: tuple[str, ...] = ()
    stables: tuple[str, ...] = ()
    auto: tuple[str, ...] = ()
    details: bool = False
    silent: bool = False
    indifferent: tuple[str, ...] = ()
    previews: bool = False


@dataclass(frozen=True)
class Alias:
    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""
    parent_urn: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Hook:
    """A function of the program; one `for_errors` wants so many other tries."""

    name: str
    on_dry_run: bool = False
    ignore_errors: bool = False
    fails: bool = False
    for_errors: bool = False
    retries: int = 0


@dataclass(frozen=True)
class Bound:
    """The names of hooks, by the moment when they are called."""

    before_create: tuple[str, ...] = ()
    after_create: tuple[str, ...] = ()
    before_update: tuple[str, ...] = ()
    after_update: tuple[str, ...] = ()
    before_delete: tuple[str, ...] = ()
    after_delete: tuple[str, ...] = ()
    on_error: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seconds:
    create: float = 0
    update: float = 0
    delete: float = 0


@dataclass(frozen=True)
class Given:
    """The resource options; None is not given, which is not the same as False."""

    protect: bool | None = None
    depends_on: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hide_diffs: tuple[str, ...] = ()
    replacement_trigger: Written = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    env_var_mappings: Mapping[str, str] = field(default_factory=dict)
    hooks: Bound = field(default_factory=Bound)
    timeouts: Seconds = field(default_factory=Seconds)


@dataclass(frozen=True)
class Declared:
    name: str
    type: str = THING
    key: str = ""
    component: bool = False
    parent: str = ""
    inputs: Mapping[str, Written] = field(default_factory=dict)
    outputs: Mapping[str, Written] = field(default_factory=dict)
    read: str = ""
    invoke: bool = False
    options: Given = field(default_factory=Given)

    @property
    def called(self) -> str:
        return self.key or self.name


@dataclass(frozen=True)
class Ending:
    """The program ends with an error."""

    after: str = ""
    in_preview: bool = False


@dataclass(frozen=True)
class Programmed:
    resources: tuple[Declared, ...] = ()
    hooks: tuple[Hook, ...] = ()
    outputs: Mapping[str, Written] = field(default_factory=dict)
    error: Ending | None = None


@dataclass(frozen=True)
class Fault:
    call: str
    name: str
    kind: str = "certain"
    when: str = ""
    times: int = 0


@dataclass(frozen=True)
class RunOptions:
    stop_on_error: bool = False
    refresh: bool = False
    run_program: bool = False
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    target_dependents: bool = False
    exclude_dependents: bool = False


@dataclass(frozen=True)
class Generation:
    operation: str = "update"
    options: RunOptions = field(default_factory=RunOptions)
    program: Programmed = field(default_factory=Programmed)
    config: Mapping[str, str] = field(default_factory=dict)
    naming: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    files: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    name: str
    generations: tuple[Generation, ...]
    about: str = ""
    types: Mapping[str, Behaviour] = field(default_factory=dict)
    folder: str = ""
    version: int = VERSION


def history_to_json(history: History, *, full: bool = False) -> Any:
    """Return the JSON of a history; `full` for the other engine, which knows no defaults."""
    return {"version": history.version, **to_json(history, full=full)}


def history_from_json(data: Any) -> History:
    """Errors: ValueError for a format that is not ours."""
    if data.get("version") != VERSION:
        raise ValueError(f"version {data.get('version')} of the case format is not known")
    return from_json(History, data)
