"""How does a list of plugins look?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.views.tables import columns, lines


@dataclass(frozen=True, slots=True)
class PluginRow:
    """A plugin and where it is; `place` is empty for one that is not here."""

    package: Package
    place: str = ""
    is_locked: bool = False


def plugins_text(rows: Sequence[PluginRow]) -> Text:
    if not rows:
        return Text("no plugins")
    head = [Text(name, style="bold") for name in ("plugin", "version", "locked", "where")]
    return lines(columns([head, *(_cells(row) for row in rows)]))


def plugins_dict(rows: Sequence[PluginRow]) -> list[dict[str, Any]]:
    return [
        {
            "name": row.package.name,
            "version": row.package.version or None,
            "locked": row.is_locked,
            "place": row.place or None,
        }
        for row in rows
    ]


def _cells(row: PluginRow) -> list[Text]:
    locked = "yes" if row.is_locked else ""
    place = Text(row.place) if row.place else Text("not here", style="yellow")
    return [Text(row.package.name), Text(row.package.version), Text(locked), place]
