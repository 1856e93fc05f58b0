"""A difference that says more than Pulumi's: which inputs changed, and what is lost."""

from pulumi.dynamic import DiffResult


class KeyedDiff(DiffResult):
    """What our own engine reads of it beside the rest: `keys`, `losses`, `interrupts`."""

    def __init__(
        self,
        keys: tuple[str, ...],
        replaces: tuple[str, ...] = (),
        *,
        losses: tuple[str, ...] = (),
        stables: tuple[str, ...] = (),
        interrupts: bool = False,
    ) -> None:
        super().__init__(
            changes=bool(keys), replaces=list(replaces), stables=[] if replaces else list(stables)
        )
        self.keys = keys
        self.losses = losses
        self.interrupts = interrupts
