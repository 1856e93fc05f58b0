"""How does the history of a stack look to another program?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cloudmesh_iac.core.chain import Chain, Flaw
from cloudmesh_iac.core.journal import HistoryEntry
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.views.history_text import result_word


def history_dict(
    stack: StackId, entries: Sequence[HistoryEntry], *, running: int | None
) -> dict[str, Any]:
    """Return the newest entries first, as JSON-able data, versioned."""
    return {
        "version": 1,
        "project": stack.project,
        "stack": stack.name,
        "updates": [entry_dict(one, running=running) for one in reversed(entries)],
    }


def entry_dict(
    entry: HistoryEntry, *, running: int | None, files: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return one entry; with `files`, the copy of its program too."""
    started, ended = entry.started, entry.ended
    changes = () if ended is None else ended.changes
    shown = {
        "number": entry.number,
        "kind": str(started.kind),
        "result": result_word(entry, running),
        "user": started.user,
        "host": started.host,
        "started_at": started.at.isoformat(),
        "ended_at": None if ended is None else ended.at.isoformat(),
        "duration_s": None if ended is None else ended.duration_s,
        "program": started.program,
        "program_digest": started.program_digest,
        "commit": started.origin.commit or None,
        "is_dirty": started.origin.is_dirty,
        "copy": started.origin.copy or None,
        "plan_digest": started.plan_digest,
        "parameters": [asdict(one) for one in started.parameters],
        "counts": {} if ended is None else dict(ended.counts),
        "changes": [
            {"urn": one.urn, "action": str(one.action), "end": str(one.end)} for one in changes
        ],
        "hash": entry.hash,
    }
    return shown if files is None else {**shown, "files": dict(files)}


def verified_dict(chain: Chain, flaws: Sequence[Flaw]) -> dict[str, Any]:
    return {
        "version": 1,
        "project": chain.stack.project,
        "stack": chain.stack.name,
        "length": chain.length,
        "head": chain.head or None,
        "flaws": [{"number": one.number, "kind": str(one.kind)} for one in flaws],
    }
