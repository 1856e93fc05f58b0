"""A read that says more than Pulumi's: the inputs that would make what is there."""

from typing import Any

from pulumi.dynamic import ReadResult


class FoundAgain(ReadResult):
    """What our own engine reads of it beside the rest: `inputs`."""

    def __init__(self, id_: str, outs: dict[str, Any], inputs: dict[str, Any]) -> None:
        super().__init__(id_, outs)
        self.inputs = inputs
