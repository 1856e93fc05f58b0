"""What a program declares: one resource with its options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.hooks import NO_HOOKS, Hooks
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.timeouts import NO_TIMEOUTS, Timeouts
from cloudmesh_iac.core.urns import STACK_TYPE, ResourceType, Urn
from cloudmesh_iac.core.values import Properties, Unknown, Value


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A line of the program, relative to the project: `stacks/hello.py:12`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that a resource had before; what is not said is as it is now.

    Either a whole `urn`, or parts of one. `no_parent` says that it stood below the stack.
    """

    urn: Urn | None = None
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: Urn | None = None
    no_parent: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """The resource options that the engine obeys, named as in the SDK."""

    protect: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    additional_secret_outputs: tuple[str, ...] = ()
    retain_on_delete: bool = False
    deleted_with: Urn | None = None
    replace_with: tuple[Urn, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str | None = None
    version: str = ""
    plugin_download_url: str = ""
    hooks: Hooks = NO_HOOKS
    timeouts: Timeouts = NO_TIMEOUTS
    hide_diffs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """One resource as the program wants it.

    `dependencies` holds depends_on and the sources of all properties; `from_apply` says that the
    program declared it while it handled another resource's value, so that it may be missing in a
    run where that value stayed unknown. With a `read_id` it is something that exists already and is
    only looked at; `inputs` are what the program knows of it. `unsaid` names the options that the
    program leaves to the parent. `provider` is the reference of the provider resource that answers
    for it (`urn::id`, no id while that is only planned); `providers` are those that a component
    hands down, by package. With `remote` it is a component that a plugin makes for the `caller`.
    `package` is what the program has registered as its plugin.
    `env_var_mappings` of a provider resource are variables of ours, each
    with the name by which the plugin gets it.
    """

    urn: Urn
    type: ResourceType
    name: str
    custom: bool
    inputs: Properties
    parent: Urn | None = None
    remote: bool = False
    dependencies: tuple[Urn, ...] = ()
    property_dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    source: Source | None = None
    from_apply: bool = False
    read_id: str | Unknown = ""
    caller: Caller | None = None
    package: Package | None = None
    unsaid: frozenset[str] = frozenset()
    env_var_mappings: tuple[tuple[str, str], ...] = ()

    def below(self, parent: "Registration") -> "Registration":
        """Return it with the options that it leaves to its parent; what is only read has none."""
        if self.read_id:
            return self
        said, its = self.options, parent.options
        options = replace(
            said,
            protect=(its if "protect" in self.unsaid else said).protect,
            retain_on_delete=(its if "retain_on_delete" in self.unsaid else said).retain_on_delete,
            deleted_with=(its if "deleted_with" in self.unsaid else said).deleted_with,
        )
        return replace(self, options=options)

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE


@dataclass(frozen=True, slots=True)
class Sought:
    """Something that may exist, of which the program only wants to know whether it does."""

    type: ResourceType
    id: str | Unknown
    inputs: Properties
    parent: Urn | None = None
    provider: str = ""
    version: str = ""
    plugin_download_url: str = ""
    package: Package | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration.

    An empty `id` means unknown. `failed` tells the SDK to leave the outputs unknown; so does
    `is_unknown`, where nothing went wrong: the thing is not there and nobody means to make it now.
    `dependencies` are the sources of outputs, where those are not the resource itself.
    """

    urn: Urn
    id: str
    outputs: Properties
    failed: bool = False
    stables: tuple[str, ...] = ()
    is_unknown: bool = False
    dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)
