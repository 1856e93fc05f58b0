"""Lay out rows in columns, as wide as they need, without a frame.

A table in a log must not be cut to some width, so rich's own tables are not used.
"""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

_GAP = "  "


def columns(
    rows: Sequence[Sequence[str | Text]], *, right: Sequence[int] = (), indent: str = ""
) -> list[Text]:
    """Return one line per row; `right` names the columns that end flush (numbers).

    Rows may be shorter than the widest one.
    """
    texts = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths: list[int] = []
    for row in texts:
        widths.extend([0] * (len(row) - len(widths)))
        for number, cell in enumerate(row):
            widths[number] = max(widths[number], cell_len(cell.plain))
    return [_line(row, widths, right=right, indent=indent) for row in texts]


def _line(row: list[Text], widths: list[int], *, right: Sequence[int], indent: str) -> Text:
    line = Text(indent)
    for number, cell in enumerate(row):
        padding = " " * (widths[number] - cell_len(cell.plain))
        if number:
            line.append(_GAP)
        if number in right:
            line.append(padding)
        line.append_text(cell)
        if number not in right:
            line.append(padding)
    line.rstrip()
    return line


def lines(texts: Sequence[Text]) -> Text:
    """Join lines into one text that ends without a line break."""
    return Text("\n").join(texts)
