"""A difference that says more than Pulumi's: which inputs changed, and what is lost."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.dynamic import DiffResult

from cloudmesh_iac.providers.dynamic.calls import is_unknown


class KeyedDiff(DiffResult):
    """What our own engine reads of it beside the rest: `keys`, `losses`, `interrupts`."""

    def __init__(
        self,
        keys: tuple[str, ...],
        replaces: tuple[str, ...] = (),
        *,
        losses: tuple[str, ...] = (),
        stables: tuple[str, ...] = (),
        delete_before_replace: bool = False,
        interrupts: bool = False,
    ) -> None:
        super().__init__(
            changes=bool(keys),
            replaces=list(replaces),
            stables=[] if replaces else list(stables),
            delete_before_replace=delete_before_replace,
        )
        self.keys = keys
        self.losses = losses
        self.interrupts = interrupts


def changed_inputs(
    olds: Mapping[str, Any], news: Mapping[str, Any], inputs: Iterable[str]
) -> tuple[str, ...]:
    """Return the inputs that changed; a value that is not known yet counts as changed."""
    return tuple(
        key
        for key in inputs
        if is_unknown(news.get(key)) or _is_other(olds.get(key), news.get(key))
    )


def _is_other(old: Any, new: Any) -> bool:
    """Nothing, an empty list and an empty map are the same; so are 4 and 4.0."""
    return bool((old or new) and old != new)
