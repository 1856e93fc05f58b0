"""Where a dynamic resource keeps the pickled class that answers for it."""

from typing import Any

from cloudmesh_iac.core.values import Properties

PROVIDER_KEY = "__provider"


def with_provider(values: dict[str, Any], inputs: Properties) -> Properties:
    """Return what is stored of a resource: values, and the pickled class where it has one."""
    if PROVIDER_KEY in inputs:
        return {**values, PROVIDER_KEY: inputs[PROVIDER_KEY]}
    return values
