"""Is a record out of date although nothing has to be done to its object?"""

from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options, Registration
from cloudmesh_iac.core.values import Properties, is_identical, marked


def has_moved(registration: Registration, record: Record, inputs: Properties) -> bool:
    """Say whether a record is out of date although no input changed; marks of secrets may have."""
    options = registration.options
    return (
        registration.parent != record.parent
        or set(registration.dependencies) != set(record.dependencies)
        or _kept(options) != _kept(record.options)
        or registration.from_apply != record.from_apply
        or registration.provider != record.provider
        or not is_identical(inputs, record.inputs)
        or inputs != record.inputs  # the same content at another place
        or marked(record.outputs, options.additional_secret_outputs) != record.outputs
    )


def _kept(options: Options) -> Options:
    """Return what a record keeps of the options."""
    return replace(options, aliases=())
