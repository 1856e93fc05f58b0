"""Which names may a resource have had before?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cloudmesh_iac.core.records import Record, StackId
from cloudmesh_iac.core.registrations import Alias, Registration
from cloudmesh_iac.core.urns import (
    STACK_TYPE,
    ResourceType,
    Urn,
    make_urn,
    name_of,
    qualified_type_of,
    type_of,
)
from cloudmesh_iac.core.values import distinct


def former_urns(
    registration: Registration, stack: StackId, old_names: Mapping[Urn, Urn]
) -> tuple[Urn, ...]:
    """Return the urns under which a resource may be recorded, the likeliest first.

    `old_names` maps urns of this run to the recorded ones that they have taken over: children of
    such a parent have inherited its old name. Source: engine 3.259, resource/deploy.
    """
    return tuple(Urn(urn) for urn in distinct(_candidates(registration, stack, old_names)))


def renamed(record: Record, registration: Registration) -> Record:
    """Return a record with the name and type that its resource has now."""
    former = (*(urn for urn in record.former if urn != record.urn), record.urn)
    return replace(record, urn=registration.urn, type=registration.type, former=former)


def _candidates(
    registration: Registration, stack: StackId, old_names: Mapping[Urn, Urn]
) -> Iterator[Urn]:
    own = [
        _urn_of(alias, registration, stack=stack, old_names=old_names)
        for alias in registration.options.aliases
    ]
    yield from own
    parent = registration.parent
    if parent is None or parent not in old_names:
        return
    old_parent = old_names[parent]
    names = [(registration.type, registration.name), *((type_of(urn), name_of(urn)) for urn in own)]
    for type_, name in names:
        yield _inherited(type_, name, parent=parent, old_parent=old_parent, stack=stack)


def _urn_of(
    alias: Alias, registration: Registration, *, stack: StackId, old_names: Mapping[Urn, Urn]
) -> Urn:
    if alias.urn is not None:
        return alias.urn
    parent = registration.parent
    if alias.parent is not None:
        parent = old_names.get(alias.parent, alias.parent)
    if alias.no_parent or (parent is not None and qualified_type_of(parent) == STACK_TYPE):
        parent = None
    return make_urn(
        stack=alias.stack or stack.name,
        project=alias.project or stack.project,
        parent=parent,
        type_=ResourceType(alias.type or registration.type),
        name=alias.name or registration.name,
    )


def _inherited(
    type_: ResourceType, name: str, *, parent: Urn, old_parent: Urn, stack: StackId
) -> Urn:
    """A name that begins with the parent's was made from it, and has changed with it."""
    new_name = name_of(parent)
    if name.startswith(new_name):
        name = name_of(old_parent) + name.removeprefix(new_name)
    return make_urn(
        stack=stack.name, project=stack.project, parent=old_parent, type_=type_, name=name
    )
