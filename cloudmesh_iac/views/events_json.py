"""How does an event look to a program: one line of JSON, with a version."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.journal import UpdateResult
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.views.values_json import Json

VERSION = 1


def event_dict(event: Event, at: datetime) -> dict[str, Json]:
    """Return what `schemas/event.json` describes."""
    return {"version": VERSION, "at": _utc(at), **_told(event)}


def ended_dict(outcome: RunOutcome | None, at: datetime, *, duration_s: float) -> dict[str, Json]:
    """Return the last event of a run; without an outcome it broke off with an error."""
    return {
        "version": VERSION,
        "at": _utc(at),
        "event": "ended",
        "result": _result(outcome).value,
        "duration_s": round(duration_s, 3),
    }


def line_of(document: Mapping[str, Json]) -> str:
    """Return a document on one line of ASCII, with its line break."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n"


def _told(event: Event) -> dict[str, Json]:
    said: dict[str, Json]
    match event:
        case ChangeStarted(urn, action):
            said = {"event": "started", "urn": urn, "action": action.value}
        case ChangeWaits(urn, ticket, waiting):
            said = {"event": "waits", "urn": urn, "site": ticket.site, "id": ticket.remote_id}
            said |= {"state": waiting.state.value, "reason": waiting.reason}
        case ChangeDone(urn, action, state, note):
            said = {"event": "done", "urn": urn, "action": action.value}
            said |= {"state": None if state is None else state.value, "note": note}
        case ChangeFailed(urn, action, message, hint):
            said = {"event": "failed", "urn": urn, "action": action.value}
            said |= {"message": message, "hint": hint}
        case ChangeSkipped(urn, because):
            said = {"event": "skipped", "urn": urn, "because": because}
        case LogLine(text, of, level):
            said = {"event": "log", "urn": of, "text": text, "level": level}
        case Noticed(text):
            said = {"event": "notice", "text": text}
        case _:
            assert_never(event)
    return said


def _result(outcome: RunOutcome | None) -> UpdateResult:
    if outcome is None or outcome.failed or outcome.left:
        return UpdateResult.FAILED
    if outcome.is_interrupted:
        return UpdateResult.INTERRUPTED
    return UpdateResult.WAITING if outcome.waiting else UpdateResult.DONE


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
