"""What a handler's `check` makes names and tokens from."""

from contextvars import ContextVar

CURRENT_SEED: ContextVar[str | None] = ContextVar("current_seed", default=None)
"""Hex digest set by our hosts around each `check`; None under Pulumi's own host."""

CURRENT_NUMBER: ContextVar[int | None] = ContextVar("current_number", default=None)
"""The number of the resource among its kind, taken once; None where nobody counts."""
