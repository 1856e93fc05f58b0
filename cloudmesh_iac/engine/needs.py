"""What does a resource need: as it is declared, and as it is recorded?"""

from collections.abc import Sequence

from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn


def needs_of(registration: Registration) -> frozenset[Urn]:
    """Return all that a resource stands on: parent, sources, companions, provider."""
    options = registration.options
    needs = {*registration.dependencies, *options.replace_with}
    needs.update(*registration.property_dependencies.values())
    needs |= {urn for urn in (registration.parent, options.deleted_with) if urn is not None}
    if registration.provider:
        needs.add(provider_urn(registration.provider))
    return frozenset(needs)


def depends_on(thing: Registration | Record) -> tuple[Urn, ...]:
    """Return what a plan calls the needs of a resource: all but its parent and its provider."""
    with_ = thing.options.deleted_with
    companions = (
        thing.options.replace_with if with_ is None else (with_, *thing.options.replace_with)
    )
    return tuple(sorted({*thing.dependencies, *companions} - {thing.urn}))


def sources_of(record: Record) -> Sequence[Urn]:
    """Return what must be there as long as this record is."""
    options = record.options
    companions = options.replace_with
    if options.deleted_with is not None:
        companions = (options.deleted_with, *companions)
    if record.provider:
        companions = (provider_urn(record.provider), *companions)
    if record.parent is None:
        return (*record.dependencies, *companions)
    return (record.parent, *record.dependencies, *companions)
