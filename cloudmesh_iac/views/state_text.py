"""How do the records of a stack look, one by one?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.text import Text

from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.urns import Urn, short_type, type_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.values_text import shorten, value_text
from cloudmesh_iac.views.words import UNICODE, Marks, count, one_line, path

_HEAD = ("", "type", "name", "id", "state", "changed")
_CODE = "__provider"  # the handler of a dynamic resource: nobody can read it


def state_text(snapshot: Snapshot, *, now: datetime, marks: Marks = UNICODE) -> Text:
    """Return one line per object, in the order of their creation, then what is not made yet."""
    stack = one_line(str(snapshot.stack))
    records = [record for record in snapshot.records if not record.is_stack]
    if not records and not snapshot.intents:
        return Text(f"{stack}: nothing is recorded")
    head = Text(f"{stack}: ", style="bold")
    head.append(f"{count(len(records), 'resource')}, state number {snapshot.serial}", style="")
    known = {(record.urn, record.creation) for record in records}
    rows = [[Text(word, style="bold") for word in _HEAD]]
    opened: dict[tuple[Urn, int], list[str]] = {}
    for intent in snapshot.intents:
        opened.setdefault((intent.urn, intent.creation), []).append(intent_words(intent))
    for record in records:
        said = [*opened.get((record.urn, record.creation), ()), *conditions(record)]
        row = _row(record.urn, record.id, said, marks=marks)
        rows.append([*row, Text(_moment(record.modified, now))])
    rows += [
        _row(one.urn, "", [intent_words(one)], marks=marks)
        for one in snapshot.intents
        if (one.urn, one.creation) not in known
    ]
    return lines([head, *columns(rows)])


def _moment(at: datetime | None, now: datetime) -> str:
    return "" if at is None else f"{at.astimezone(now.tzinfo):%F %H:%M}"


def _row(urn: Urn, id_: str, said: Sequence[str], *, marks: Marks) -> list[Text]:
    is_open = any("not ended" in one for one in said)
    return [
        Text(marks.danger if is_open else "", style="yellow"),
        Text(one_line(short_type(type_of(urn)))),
        Text(path(urn)),
        Text(shorten(one_line(id_), 40)),
        Text(", ".join(said), style="yellow" if is_open else ""),
    ]


def intent_words(intent: Intent) -> str:
    """Say what was begun and has no end yet."""
    if intent.ticket is not None:
        return f"waits for {one_line(intent.ticket.shown_id)} on {one_line(intent.ticket.site)}"
    return f"{intent.op} not ended"


def conditions(record: Record) -> Iterator[str]:
    """Say what is not as usual about an object."""
    if record.doomed:
        yield "to be deleted"
    if record.pending_replacement:
        yield "deleted, its successor is not made yet"
    if record.init_errors:
        yield "not ready"
    if record.job_state is not None:
        yield str(record.job_state)
    if record.external:
        yield "only read"
    if record.protect:
        yield "protected"


def record_text(record: Record, intents: Sequence[Intent], *, full: bool = False) -> Text:
    """Return everything that is recorded of one object; secrets are not shown."""
    facts = [
        ["urn", record.urn],
        ["id", record.id],
        ["object", f"number {record.creation} of this urn"],
        ["state", ", ".join([*map(intent_words, intents), *conditions(record)])],
        ["parent", record.parent or ""],
        ["provider", record.provider],
        ["declared", "" if record.source is None else str(record.source)],
        ["created", "" if record.created is None else record.created.isoformat()],
        ["changed", "" if record.modified is None else record.modified.isoformat()],
        *(["needs", urn] for urn in record.dependencies),
        *(["error", error] for error in record.init_errors),
    ]
    head = Text(f"{one_line(short_type(record.type))} {path(record.urn)}", style="bold")
    shown = [[name, one_line(text)] for name, text in facts if text]
    said = [head, *columns(shown, indent="  ")]
    said += _properties("inputs", record.inputs, full=full)
    said += _properties("outputs", record.outputs, full=full)
    return lines(said)


def intent_text(intent: Intent, *, full: bool = False) -> Text:
    """Return what was to be made, for an object that has no record yet."""
    head = Text(f"{one_line(short_type(type_of(intent.urn)))} {path(intent.urn)}", style="bold")
    facts = [["urn", intent.urn], ["state", intent_words(intent)]]
    return lines(
        [
            head,
            *columns(facts, indent="  "),
            *_properties("inputs", intent.goal.inputs, full=full),
        ]
    )


def _properties(name: str, properties: Properties, *, full: bool) -> list[Text]:
    shown = {key: value for key, value in properties.items() if full or key != _CODE}
    texts = {key: value_text(value) for key, value in sorted(shown.items())}
    rows = [[one_line(key), text if full else shorten(text, 72)] for key, text in texts.items()]
    return [Text(name, style="bold"), *columns(rows, indent="  ")] if rows else []


def findings_text(findings: Sequence[Finding], *, stacks: int) -> Text:
    """Say that all is well, or what is not and what can be done."""
    if not findings:
        return Text(f"{count(stacks, 'stack')}: all is well", style="green")
    said = [Text(count(len(findings), "finding"), style="bold red")]
    for one in findings:
        said.append(Text("  ").append(one_line(one.subject), style="bold"))
        said.append(Text(f"    {one_line(one.what)}"))
        said.append(Text("    try: ", style="bold").append(one_line(one.remedy), style=""))
    return lines(said)
