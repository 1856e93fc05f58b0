"""Which machines does this person have, in all stacks, and which one is meant by a name?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.records import Record, Snapshot, StackId
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Properties, without_secrets
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.words import CHOICE

COMPONENT = "cmx:index:VM"
# What else has its name inside of it: what was decided for it, and the wait until it answers.
_BESIDE = frozenset({CHOICE, "pulumi-python:dynamic/cmx:Reach"})
NOT_MADE = "not made"  # declared, and its create failed


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is recorded; `name` is the program's word for it, texts may be empty."""

    stack: StackId
    name: str
    record: Record
    resource: Record | None

    @property
    def address(self) -> str:
        """Return where it is reached: from outside, if it can be."""
        return self.text("public_address") or self.text("address")

    @property
    def is_made(self) -> bool:
        return self.resource is not None and bool(self.resource.id)

    def text(self, key: str) -> str:
        value = without_secrets(self.record.outputs.get(key))
        return value if isinstance(value, str) else ""

    @property
    def raw(self) -> Properties:
        return {} if self.resource is None else self.resource.outputs


def machines_of(store: Store, project: str | None = None) -> Sequence[Machine]:
    """Return the machines of all stacks, by project, stack and name."""
    stacks = sorted((one.stack for one in store.stacks(project)), key=_place)
    return [machine for stack in stacks for machine in machines_in(store.snapshot(stack))]


def machines_in(snapshot: Snapshot) -> Iterator[Machine]:
    live = snapshot.live()
    inside = {
        (one.parent, name_of(one.urn)): one
        for one in live.values()
        if one.custom and one.type not in _BESIDE
    }
    for record in live.values():
        if record.type == COMPONENT:
            name = name_of(record.urn)
            yield Machine(snapshot.stack, name, record, inside.get((record.urn, name)))


def machines_called(
    name: str, machines: Iterable[Machine], *, stack: str | None
) -> Sequence[Machine]:
    """Return the machines with this name, of their program or of their site, or with this id."""
    here = [one for one in machines if stack in {None, one.stack.name}]
    return [one for one in here if name in {one.name, one.text("name"), one.text("id")}]


def machine_called(
    name: str, machines: Sequence[Machine], *, stack: str | None, others: Iterable[str] = ()
) -> Machine:
    """Return the machine with this name; `others` are names that may have been meant as well.

    Errors: UsageProblem for a name of none ("did you mean"), or of several.
    """
    found = machines_called(name, machines, stack=stack)
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(str(one.stack) for one in found)
        raise UsageProblem(
            f"there are {len(found)} machines called {name!r}", hint=f"say --stack: {places}"
        )
    raise UsageProblem(
        f"there is no machine {name!r}",
        subject=name,
        hint=instead_of(
            name,
            (*(one.name for one in machines if stack in {None, one.stack.name}), *others),
            otherwise="`cmx vm ls` shows the machines there are",
        ),
    )


def _place(stack: StackId) -> tuple[str, str]:
    return stack.project, stack.name
