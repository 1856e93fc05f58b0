"""What do records stand on, when some of them have gone?"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn


def repaired(records: Sequence[Record]) -> tuple[Record, ...]:
    """Return the records without references to what is not among them any more.

    What is still to be deleted may stand on others of its kind, what lives may not.
    """
    everything = frozenset(record.urn for record in records)
    live = frozenset(record.urn for record in records if not record.doomed)
    return tuple(_without_gone(record, everything if record.doomed else live) for record in records)


def _without_gone(record: Record, there: AbstractSet[Urn]) -> Record:
    options = record.options
    stands_on = {record.parent, *record.dependencies, options.deleted_with, *options.replace_with}
    stands_on = stands_on.union(*record.property_dependencies.values())
    if stands_on - {None} <= there:
        return record
    by_property = {key: _left(urns, there) for key, urns in record.property_dependencies.items()}
    return replace(
        record,
        parent=record.parent if record.parent in there else None,
        dependencies=_left(record.dependencies, there),
        property_dependencies={key: urns for key, urns in by_property.items() if urns},
        options=replace(
            options,
            deleted_with=options.deleted_with if options.deleted_with in there else None,
            replace_with=_left(options.replace_with, there),
        ),
    )


def _left(urns: tuple[Urn, ...], there: AbstractSet[Urn]) -> tuple[Urn, ...]:
    return tuple(urn for urn in urns if urn in there)
