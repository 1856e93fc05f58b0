"""Connect to a cloud with openstacksdk, which is in the extra `openstack`."""

from typing import Any

import openstack

from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.providers.openstack.translate import to_connection


def connect(configuration: Properties, *, timeout_s: float) -> Any:
    """Return a connection that logs in when it is first asked. Errors: those of the SDK."""
    words = to_connection(configuration)
    return openstack.connect(app_name="cmx", api_timeout=timeout_s, **words)


def words_of(error: Exception) -> str:
    """Return what the SDK says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
