"""Is a record out of date although nothing has to be done to its object?"""

from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options, Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties, is_identical, marked


def has_moved(registration: Registration, record: Record, inputs: Properties) -> bool:
    """Say whether a record is out of date although no input changed; marks of secrets may have."""
    options = registration.options
    return (
        registration.parent != record.parent
        or set(registration.dependencies) != set(record.dependencies)
        or not _are_same(registration.property_dependencies, record.property_dependencies)
        or _kept(options) != _kept(record.options)
        or registration.from_apply != record.from_apply
        or registration.provider != record.provider
        or not is_identical(inputs, record.inputs)
        or inputs != record.inputs  # the same content at another place
        or marked(record.outputs, options.additional_secret_outputs) != record.outputs
    )


def _are_same(left: Mapping[str, tuple[Urn, ...]], right: Mapping[str, tuple[Urn, ...]]) -> bool:
    """The order of those that a property comes from says nothing."""
    if left == right:
        return True
    return left.keys() == right.keys() and all(set(left[key]) == set(right[key]) for key in left)


def _kept(options: Options) -> Options:
    """Return what a record keeps of the options."""
    return replace(options, aliases=())
