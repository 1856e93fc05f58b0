"""How the results of a sweep are to be drawn."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plot:
    """A picture of one metric over one axis; points that share an `x` are averaged.

    `hue` is an axis that gives a line for each of its values. `log` draws both scales by decades.
    """

    x: str
    y: str
    hue: str | None = None
    log: bool = False
    title: str = ""

    def to_plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"x": self.x, "y": self.y, "log": self.log, "title": self.title}
        return plain if self.hue is None else {**plain, "hue": self.hue}
