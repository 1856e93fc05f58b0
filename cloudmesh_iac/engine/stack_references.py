"""What did another stack of this store give as its outputs?"""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.near_names import nearest
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties, Value, has_secret, without_secrets
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    CreateAsk,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    Read,
    ReadAsk,
    UpdateAsk,
)
from cloudmesh_iac.engine.ports.state import Store

STACK_REFERENCE_TYPE = ResourceType("pulumi:pulumi:StackReference")
_ORGANIZATION = "organization"  # Pulumi's name for the owner of all stacks in a store like ours
_ONLY_READ = Failure("a StackReference is only read", "use the class of the Pulumi SDK")


class StackReferences:
    """A provider that looks into the store; satisfies `Provider` and `Reads`."""

    def __init__(self, store: Store, project: str) -> None:
        self._store = store
        self._project = project

    def read(self, ask: ReadAsk) -> Read | Failure:
        """Return the outputs as they are recorded; names of secret ones stand beside them."""
        name = without_secrets(ask.inputs.get("name", ask.id))
        if not isinstance(name, str):
            return Failure("the name of a stack is a text")
        stack = parse_reference(name, self._project)
        if stack is None:
            words = f"{name!r} is no name of a stack"
            return Failure(words, "give STACK, PROJECT/STACK or organization/PROJECT/STACK")
        known = [one.stack for one in self._store.stacks()]
        if stack not in known:
            return _unknown(stack, known, own=self._project)
        outputs = self._outputs_of(stack)
        found: Mapping[str, Value] = {
            "name": name,
            "outputs": outputs,
            "secretOutputNames": tuple(
                sorted(key for key, value in outputs.items() if has_secret(value))
            ),
        }
        return Read(ask.id, found, ask.inputs)

    def _outputs_of(self, stack: StackId) -> Properties:
        records = self._store.snapshot(stack).live().values()
        return next((record.outputs for record in records if record.is_stack), {})

    # --- what nobody may do with a stack reference --------------------------------------------

    def check(self, _: CheckAsk) -> Failure:
        return _ONLY_READ

    def diff(self, _: DiffAsk) -> Difference:
        return Difference(has_changes=False)

    def create(self, _: CreateAsk) -> Failure:
        return _ONLY_READ

    def update(self, _: UpdateAsk) -> Failure:
        return _ONLY_READ

    def delete(self, _: DeleteAsk) -> Deleted:
        return Deleted()


def parse_reference(name: str, project: str) -> StackId | None:
    """Return which stack a name means: `stack`, `project/stack` or `organization/project/stack`.

    None for anything else.
    """
    parts = name.split("/")
    if not all(parts):
        return None
    match parts:
        case [stack]:
            return StackId(project, stack)
        case [its_project, stack]:
            return StackId(its_project, stack)
        case [organization, its_project, stack] if organization == _ORGANIZATION:
            return StackId(its_project, stack)
        case _:
            return None


def _unknown(stack: StackId, known: Sequence[StackId], *, own: str) -> Failure:
    names = sorted(_named(one, own) for one in known)
    asked = _named(stack, own)
    near = nearest(asked, names)
    meant = "" if near is None else f"; did you mean {near}?"
    program = stack.name.partition(".")[0]
    return Failure(
        f"there is no stack {asked} (there is: {', '.join(names) or 'none'}){meant}",
        f"`cmx up {program}` makes it" if stack.project == own and not near else "",
    )


def _named(stack: StackId, own: str) -> str:
    return stack.name if stack.project == own else f"{stack.project}/{stack.name}"
