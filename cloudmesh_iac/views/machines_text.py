"""How does a list of machines look?"""

from collections.abc import Mapping, Sequence

from rich.text import Text

from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import one_line

COLUMNS = ("name", "stack", "site", "state", "address", "login", "image", "flavor")


def machines_text(rows: Sequence[Mapping[str, str]]) -> Text:
    """Return a table; each row has the columns by name, an empty text for what is not known."""
    if not rows:
        return Text("no machines: `cmx vm boot` makes one")
    head = [Text(name, style="bold") for name in COLUMNS]
    body = [[Text(one_line(row[name])) for name in COLUMNS] for row in rows]
    return lines(columns([head, *body]))


def facts_text(facts: Mapping[str, str]) -> Text:
    """Return one line for each fact; what is not known has none."""
    known = [(name, text) for name, text in facts.items() if text]
    rows = [[Text(name, style="bold"), Text(one_line(text))] for name, text in known]
    return lines(columns(rows))
