"""How do sites look, what they offer, and what was found when they were tried?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.text import Text

from cloudmesh_iac.core.nodes import Allowance, Counted, Flavor, Image
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import UNICODE, Marks, one_line

Offered = tuple[Sequence[Flavor], Sequence[Image]]
_MOST = 20


class Settled(Protocol):
    @property
    def value(self) -> object: ...

    @property
    def origin(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site, what it can do, and the file that describes it."""

    name: str
    kind: str
    origin: str
    is_default: bool
    abilities: tuple[str, ...] = ()
    problem: str = ""

    def to_plain(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "abilities": list(self.abilities),
            "default": self.is_default,
            "origin": self.origin,
            "problem": self.problem or None,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A site, and what is wrong with it, in one sentence with its remedy."""

    site: str
    problem: str


def sites_text(rows: Sequence[SiteRow]) -> Text:
    head = [Text(name, style="bold") for name in ("site", "kind", "has", "default", "from")]
    return lines(columns([head, *(_cells(row) for row in rows)]))


def checks_text(checked: Iterable[Checked], *, marks: Marks = UNICODE) -> Text:
    rows = []
    for one in checked:
        sign = Text(marks.bad, style="red") if one.problem else Text(marks.good, style="green")
        rows.append([sign, Text(one_line(one.site)), Text(one_line(one.problem or "can be used"))])
    return lines(columns(rows))


def defaults_text(defaults: Mapping[str, Settled]) -> Text:
    rows = [
        [Text(key), Text(one_line(_said(one.value))), Text(one_line(one.origin), style="dim")]
        for key, one in defaults.items()
    ]
    return lines(columns(rows))


def offers_text(
    row: SiteRow,
    defaults: Mapping[str, Settled],
    offered: Offered,
    *,
    allowances: Sequence[Allowance] = (),
) -> Text:
    flavors, images = offered
    said = [Text(f"{row.name}: ", style="bold").append(f"{row.kind}, from {one_line(row.origin)}")]
    if row.abilities:
        said.append(Text(f"has {' and '.join(row.abilities)}"))
    if defaults:
        said += [Text("defaults", style="bold"), *defaults_text(defaults).split("\n")]
    if allowances:
        said += _allowances(allowances)
    if flavors:
        head = [Text(name, style="bold") for name in ("flavor", "cpus", "memory", "disk")]
        ordered = sorted(flavors, key=lambda one: (one.cpus, one.memory_mb, one.name))
        cells = [
            [one_line(one.name), f"{one.cpus}", f"{one.memory_mb / 1024:g} GiB", f"{one.disk_gb}"]
            for one in ordered
        ]
        body = [[Text(cell) for cell in row_] for row_ in cells]
        said += columns([head, *body], right=(1, 2, 3))
    if images:
        names = [one_line(one.name) for one in images]
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        said += [Text("images", style="bold"), Text(", ".join(names[:_MOST]) + more)]
    return lines(said)


def _allowances(allowances: Sequence[Allowance]) -> list[Text]:
    head = [Text(name, style="bold") for name in ("quota", "used", "of")]
    body = []
    for one in allowances:
        is_full = one.lacks(1) > 0
        used = Text(amount(one.what, one.used), style="red" if is_full else "")
        body.append([Text(one.what.words), used, Text(amount(one.what, one.limit))])
    return columns([head, *body], right=(1, 2))


def amount(what: Counted, number: int | None) -> str:
    """Return a number with its unit, if it has one."""
    if number is None:
        return "no limit"
    return f"{number / 1024:g} GiB" if what is Counted.MEMORY_MB else f"{number}"


def offers_dict(
    row: SiteRow,
    defaults: Mapping[str, Settled],
    offered: Offered,
    *,
    allowances: Sequence[Allowance] = (),
) -> dict[str, Any]:
    flavors, images = offered
    return {
        "site": row.to_plain(),
        "defaults": {k: {"value": one.value, "origin": one.origin} for k, one in defaults.items()},
        "flavors": [
            {
                "name": one.name,
                "cpus": one.cpus,
                "memory_mb": one.memory_mb,
                "disk_gb": one.disk_gb,
            }
            for one in flavors
        ],
        "images": [{"name": one.name, "id": one.id, "login": one.login} for one in images],
        "quota": {one.what.value: {"used": one.used, "limit": one.limit} for one in allowances},
    }


def _cells(row: SiteRow) -> list[Text]:
    has = Text(row.problem, style="red") if row.problem else Text(", ".join(row.abilities))
    default = Text("yes" if row.is_default else "")
    return [Text(one_line(row.name)), Text(row.kind), has, default, Text(one_line(row.origin))]


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
