"""Names that things have on their sites."""

import re
from collections.abc import Mapping
from string import Formatter

DEFAULT_SCHEMA = "{experiment}-{group}-{user}-{kind}-{counter}"
FIELDS = ("experiment", "group", "user", "kind", "counter", "name", "stack", "project")
_COUNTER = "{counter}"
_LONGEST = 63  # of a host name's label: RFC 1123


def problem_of_schema(schema: str) -> str | None:
    """Return what is wrong with a schema of names, in a few words."""
    try:
        fields = [field for _, field, _, _ in Formatter().parse(schema) if field is not None]
    except ValueError as error:
        return str(error)
    unknown = [field for field in fields if field not in FIELDS]
    if unknown:
        return f"there is no {{{unknown[0]}}}; there are {', '.join(FIELDS)}"
    return None if "counter" in fields else "without {counter} several things would share a name"


def filled_schema(schema: str, fields: Mapping[str, str]) -> str:
    """Put everything but the counter into a schema; an empty field takes its dash along.

    Errors: KeyError for a field without a value.
    """
    given = {key: _clean(value) for key, value in fields.items()}
    text = schema.format(**{**given, "counter": "\0"})
    text = re.sub(r"-{2,}", "-", text).strip("-")
    return text.replace("\0", _COUNTER)


def physical_name(schema: str, counter: str) -> str:
    """Return the name with this counter, short enough for a host: its start gives way, no digit."""
    if _COUNTER not in schema:
        return _clean(schema)[:_LONGEST].strip("-")
    before, _, after = schema.partition(_COUNTER)
    room = _LONGEST - len(counter) - len(after)
    return f"{before[:room]}{counter}{after}"


def _clean(text: str) -> str:
    """Return it in lower case, with dashes for what no host name may hold."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
