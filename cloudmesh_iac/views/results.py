"""How does a table of results look: text, CSV, JSON?"""

import csv
import io
from collections.abc import Mapping, Sequence

from rich.text import Text

from cloudmesh_iac.core.results import ResultRow, ResultTable, Scalar
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.views.numbers import column_texts, is_number, scalar_text
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.values_json import Json, json_value
from cloudmesh_iac.views.words import count, duration, one_line

_UNDECLARED = "*"


def sorted_rows(table: ResultTable) -> list[ResultRow]:
    """Order rows as the axes declare their values, the last axis fastest, then by repeat.

    Values that are not declared any more come after the others, `8` before `16`.
    """
    places = {axis: _places(values) for axis, values in table.axes.items()}

    def key(row: ResultRow) -> tuple[object, ...]:
        return (*(_place(places[axis], row.axes.get(axis)) for axis in places), row.repeat)

    return sorted(table.rows, key=key)


def results_text(table: ResultTable) -> Text:
    if not table.rows:
        return Text(f"{one_line(table.name)}: no results yet")
    rows = sorted_rows(table)
    has_repeats = any(row.repeat for row in rows)
    cells = [_column(axis, [row.axes.get(axis) for row in rows]) for axis in table.axes]
    if has_repeats:
        cells.append(_column("repeat", [row.repeat for row in rows]))
    cells.append(("state", [_state(row) for row in rows], False))
    cells.extend(_column(name, [row.metrics.get(name) for row in rows]) for name in table.metrics)
    times = ["" if row.elapsed_s is None else duration(row.elapsed_s) for row in rows]
    cells.append(("elapsed", [Text(time) for time in times], True))
    cells.append(("", [Text("" if row.is_declared else _UNDECLARED) for row in rows], False))
    return lines([*_laid_out(cells), *_footnotes(rows)])


def results_csv(table: ResultTable) -> str:
    """Return CSV with line feeds: numbers at full precision, an empty cell for none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    repeats = ["repeat"] if any(row.repeat for row in table.rows) else []
    writer.writerow(
        [*table.axes, *repeats, "state", "exit_code", *table.metrics, "elapsed_s", "is_declared"]
    )
    for row in sorted_rows(table):
        values: list[Scalar] = [row.axes.get(axis) for axis in table.axes]
        values += [row.repeat or None for _ in repeats]
        values += [str(row.state), row.exit_code]
        values += [row.metrics.get(metric) for metric in table.metrics]
        values += [row.elapsed_s, row.is_declared]
        writer.writerow([_csv_text(value) for value in values])
    return file.getvalue()


def results_dict(table: ResultTable) -> dict[str, Json]:
    return {
        "version": 1,
        "name": table.name,
        "axes": {
            axis: [json_value(value) for value in values] for axis, values in table.axes.items()
        },
        "metrics": list(table.metrics),
        "rows": [_row_dict(row) for row in sorted_rows(table)],
    }


def _row_dict(row: ResultRow) -> Json:
    return {
        "point": row.point,
        "axes": {axis: json_value(value) for axis, value in row.axes.items()},
        "repeat": row.repeat or None,
        "state": row.state.value,
        "exit_code": row.exit_code,
        "metrics": {name: json_value(value) for name, value in row.metrics.items()},
        "elapsed_s": row.elapsed_s,
        "is_declared": row.is_declared,
    }


def _places(values: Sequence[Scalar]) -> Mapping[tuple[type, Scalar], int]:
    """Map each value of an axis to its place; True is another value than 1."""
    return {
        (bool if isinstance(value, bool) else object, value): place
        for place, value in reversed(list(enumerate(values)))
    }


def _place(places: Mapping[tuple[type, Scalar], int], value: Scalar) -> tuple[int, object]:
    place = places.get((bool if isinstance(value, bool) else object, value))
    if place is not None:
        return place, ()
    return len(places), natural_key(scalar_text(value))


def _column(name: str, values: Sequence[Scalar]) -> tuple[str, list[Text], bool]:
    """Return head, cells and whether they are numbers, which end flush."""
    numbers = all(value is None or is_number(value) for value in values)
    return one_line(name), [Text(text) for text in column_texts(values)], numbers


def _laid_out(cells: list[tuple[str, list[Text], bool]]) -> list[Text]:
    head = [Text(name, style="bold") for name, _, _ in cells]
    body = zip(*(column for _, column, _ in cells), strict=True)
    right = [number for number, (_, _, is_right) in enumerate(cells) if is_right]
    return columns([head, *body], right=right)


def _state(row: ResultRow) -> Text:
    if row.state.is_good:
        return Text(str(row.state))
    code = f" ({row.exit_code})" if row.exit_code else ""
    return Text(f"{row.state}{code}", style="bold red" if row.state.has_ended else "cyan")


def _footnotes(rows: Sequence[ResultRow]) -> list[Text]:
    said = []
    failed = sum(row.state.has_ended and not row.state.is_good for row in rows)
    if failed:
        said.append(Text(f"{count(failed, 'run')} of {len(rows):,} failed", style="red"))
    open_ = sum(not row.state.has_ended for row in rows)
    if open_:
        said.append(Text(f"{count(open_, 'run')} of {len(rows):,} not ended yet", style="cyan"))
    if any(not row.is_declared for row in rows):
        said.append(Text(f"{_UNDECLARED} no longer declared in the program", style="dim"))
    return said


def _csv_text(value: Scalar) -> str:
    """Keep line breaks, which CSV can quote; write numbers as Python reads them back."""
    return value if isinstance(value, str) else scalar_text(value)
