"""Requests for tests: a builder that takes only what matters."""

from typing import Any

from cloudmesh_iac.core.jobs import JobRequest


def a_request(**fields: Any) -> JobRequest:
    given: dict[str, Any] = {
        "project": "lab",
        "stack": "hello",
        "point": "pi",
        "command": "true",
        "identity": "id0",
        "identity_base": "base",
        **fields,
    }
    return JobRequest(**given)
