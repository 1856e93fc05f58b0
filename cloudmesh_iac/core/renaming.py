"""Under which names do records know each other when some have got new ones?"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn


def with_new_names(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records with every reference to a former name set to the name of today.

    A record is written down under its new name at once, and what stands on it when it is declared
    again: a run that does not get so far leaves old names behind.
    """
    found = tuple(records)
    live = {record.urn for record in found if not record.doomed}
    names = {
        former: record.urn
        for record in found
        if not record.doomed
        for former in record.former
        if former not in live
    }
    return tuple(renamed(record, names) for record in found) if names else found


def renamed(record: Record, names: Mapping[Urn, Urn]) -> Record:
    """Return a record with its references, not its own name, set to new names."""
    options = record.options
    companion = options.deleted_with
    return replace(
        record,
        parent=None if record.parent is None else names.get(record.parent, record.parent),
        dependencies=_new(record.dependencies, names),
        property_dependencies={
            key: _new(urns, names) for key, urns in record.property_dependencies.items()
        },
        provider=_renamed_reference(record.provider, names),
        options=replace(
            options,
            deleted_with=None if companion is None else names.get(companion, companion),
            replace_with=_new(options.replace_with, names),
        ),
    )


def _renamed_reference(reference: str, names: Mapping[Urn, Urn]) -> str:
    urn = provider_urn(reference)
    return reference.replace(urn, names[urn], 1) if urn in names else reference


def _new(urns: tuple[Urn, ...], names: Mapping[Urn, Urn]) -> tuple[Urn, ...]:
    return tuple(names.get(urn, urn) for urn in urns)
