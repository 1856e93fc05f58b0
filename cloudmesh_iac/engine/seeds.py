"""The seeds of names and tokens: known before a create, different for each object of a urn."""

import hmac

from cloudmesh_iac.core.urns import Urn


def seed_of(seed_key: str, urn: Urn, creation: int) -> str:
    """Return 64 hex digits: HMAC-SHA256 of the urn and the number of its object."""
    message = f"{urn}#{creation}".encode()
    return hmac.digest(seed_key.encode(), message, "sha256").hex()
