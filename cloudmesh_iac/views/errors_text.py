"""How does something that went wrong look?"""

from rich.text import Text

from cloudmesh_iac.core.outcomes import Report
from cloudmesh_iac.views.tables import lines
from cloudmesh_iac.views.words import one_line

_MOST_LINES = 6


def error_text(report: Report) -> Text:
    """Return `error: ...`, where it stands and what to try; long messages are cut."""
    first, *more = report.message.strip().splitlines() or ["no message"]
    said = [Text("error: ", style="bold red").append(_with_subject(first, report.subject))]
    is_cut = len(more) >= _MOST_LINES and not report.is_whole
    kept = more[: _MOST_LINES - 1] if is_cut else more
    said.extend(Text(f"  {one_line(line)}") for line in kept)
    if is_cut:
        said.append(Text(f"  ... {len(more) - _MOST_LINES + 1} more lines", style="dim"))
    if report.place:
        said.append(Text(f"  at {one_line(report.place)}", style="dim"))
    if report.hint:
        said.append(Text("  try: ", style="bold").append(one_line(report.hint), style=""))
    return lines(said)


def _with_subject(message: str, subject: str | None) -> str:
    """Name the subject only where the message does not do it already."""
    text = one_line(message)
    named = one_line(subject) if subject else ""
    return f"{text} ({named})" if named and named not in text else text
