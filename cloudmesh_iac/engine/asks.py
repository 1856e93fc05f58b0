"""What is a provider asked, and what does it answer? One frozen value for each.

`provider` in a question is the reference of the provider resource that answers (`urn::id`), empty
where there is none: it says whom to ask.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cloudmesh_iac.core.naming import Naming
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.plans import Detail
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Properties, Unknown


@dataclass(frozen=True, slots=True)
class CheckAsk:
    """Are these inputs good, and what do they become?

    `olds` are the recorded inputs, empty for a new object; `seed` is the hex digest that names and
    tokens are made from. `naming` is what the stack says about names that a provider makes up.
    `number` is that of the resource among its kind, for the types that are
    numbered: taken once, and never again.
    """

    urn: Urn
    type: ResourceType
    olds: Properties
    news: Properties
    seed: str
    provider: str = ""
    naming: Naming | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The inputs as they are to be; `notes` say what a person should know before it is made."""

    inputs: Properties
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the inputs; `key` is empty when it is about all of them."""

    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The inputs are not accepted: every problem at once."""

    problems: tuple[Problem, ...]

    @property
    def message(self) -> str:
        return "; ".join(
            f"{one.key}: {one.message}" if one.key else one.message for one in self.problems
        )


@dataclass(frozen=True, slots=True)
class DiffAsk:
    """What would these new inputs change? `old_outputs` and `old_inputs` are the recorded ones.

    `ignore_changes` are paths whose old values stand in `news` again already.
    """

    urn: Urn
    type: ResourceType
    id: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    ignore_changes: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A provider's answer. `has_changes` None leaves the comparison of inputs to the planner.

    `keys` are the changed top-level inputs, `replaces` those that need a new object, `stables` the
    outputs that an update leaves as they are; `losses` says in words what the change costs, and
    `interrupts` whether an update takes the object away from its users for a while. `details` are
    the places that differ, where the provider names them. `is_certain` says that the provider
    itself has compared: without it, this is what the change comes to at most.
    """

    has_changes: bool | None
    keys: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    stables: tuple[str, ...] = ()
    delete_before_replace: bool = False
    losses: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    is_certain: bool = True
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class MoveAsk:
    """Would another provider find the objects of a resource where they are?

    `config` asks the new one what is different in its own configuration.
    """

    config: DiffAsk


@dataclass(frozen=True, slots=True)
class Move:
    needs_new: bool


@dataclass(frozen=True, slots=True)
class CreateAsk:
    """Make it. A preview makes nothing: what would be there is answered, as far as it is known."""

    urn: Urn
    type: ResourceType
    inputs: Properties
    timeout_s: float | None = None
    provider: str = ""
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """An object exists. `failed` marks a result with a bad end; `note` says what to do about it.

    `is_found` says that it was there before and nothing was started. `init_errors` say why it is
    not ready: then the change has failed, and an update finishes it later.
    """

    id: str
    outputs: Properties
    failed: bool = False
    note: str = ""
    is_found: bool = False
    init_errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateAsk:
    """Change it; previews as in CreateAsk."""

    urn: Urn
    type: ResourceType
    id: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    timeout_s: float | None = None
    ignore_changes: tuple[str, ...] = ()
    provider: str = ""
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    """An object is changed; `failed`, `init_errors` and `note` as in Created."""

    outputs: Properties
    failed: bool = False
    init_errors: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class DeleteAsk:
    urn: Urn
    type: ResourceType
    id: str
    inputs: Properties
    outputs: Properties
    timeout_s: float | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Deleted:
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadAsk:
    """How is this object now? `inputs` and `outputs` are what is known of it."""

    urn: Urn
    type: ResourceType
    id: str
    inputs: Properties
    outputs: Properties
    timeout_s: float | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """An object as it is; `inputs` are those that would make it, None if nobody can say.

    `is_blind` says that nobody has looked: these are the values of the question. `init_errors` say
    why it is not ready: an update finishes it.
    """

    id: str
    outputs: Properties
    inputs: Properties | None = None
    is_blind: bool = False
    init_errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nothing with this id."""


@dataclass(frozen=True, slots=True)
class FindAsk:
    """What is there that this create may have made, although nobody saw the end of it?

    `inputs` are those of the create; `news` are what the program says now, where it still says
    something: a class that can look may have come with them. `configuration` is that of the
    provider resource, in clear as a plugin gets it; empty where there is none.
    """

    urn: Urn
    type: ResourceType
    inputs: Properties
    news: Properties
    provider: str = ""
    configuration: Properties = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An object that may be the one; `inputs` and `made_at` are there where many could be it.

    Among many it is the one whose `inputs` have every value of the question: what a site does not
    show is taken from there. `made_at` is by the clock of the site.
    """

    id: str
    inputs: Properties | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvokeAsk:
    """A function of a package, `package:module:name`, and its arguments.

    `provider` is the reference of an explicit provider (`urn::id`), empty for the default one.
    `depends_on` have to be there first: else the answer is not known.
    """

    token: str
    args: Properties
    provider: str = ""
    version: str = ""
    plugin_download_url: str = ""
    depends_on: tuple[Urn, ...] = ()
    package: Package | None = None
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a function returns; `is_unknown` says that it could not be asked yet."""

    result: Properties
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ConfigureAsk:
    """The configuration of a provider: the inputs of its resource.

    `id` is that of the resource, unknown while it is only planned.
    """

    urn: Urn
    id: str | Unknown
    inputs: Properties
