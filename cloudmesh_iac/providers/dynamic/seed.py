"""The seed that a handler's `check` makes names and tokens from."""

from contextvars import ContextVar

CURRENT_SEED: ContextVar[str | None] = ContextVar("current_seed", default=None)
"""Hex digest set by our hosts around each `check`; None under Pulumi's own host."""
