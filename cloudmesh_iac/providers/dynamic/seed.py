"""What a handler's `check` makes names and tokens from."""

import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

CURRENT_SEED: ContextVar[str | None] = ContextVar("current_seed", default=None)
"""Hex digest set by our hosts around each `check`; None under Pulumi's own host."""

CURRENT_NUMBER: ContextVar[int | None] = ContextVar("current_number", default=None)
"""The number of the resource among its kind, taken once; None where nobody counts."""

_TOKEN_LENGTH = 16


def token_of(olds: Mapping[str, Any]) -> str:
    """Return what an object of a site is found by: the old token, else one of the seed."""
    seed = CURRENT_SEED.get() or secrets.token_hex(_TOKEN_LENGTH)
    return str(olds.get("token") or seed[:_TOKEN_LENGTH])
