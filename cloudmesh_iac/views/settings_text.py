"""How do the settings of a stack look?"""

from collections.abc import Collection, Mapping
from typing import Any

from rich.text import Text

from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import one_line


def settings_text(values: Mapping[str, str]) -> Text:
    if not values:
        return Text("no settings")
    head = [Text(name, style="bold") for name in ("setting", "value")]
    rows = [[Text(one_line(key)), Text(one_line(value))] for key, value in sorted(values.items())]
    return lines(columns([head, *rows]))


def settings_dict(values: Mapping[str, str], *, secret: Collection[str]) -> list[dict[str, Any]]:
    return [
        setting_dict(key, value, is_secret=key in secret) for key, value in sorted(values.items())
    ]


def setting_dict(key: str, value: str, *, is_secret: bool) -> dict[str, Any]:
    return {"key": key, "value": value, "secret": is_secret}
