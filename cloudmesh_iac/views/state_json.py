"""How do the records of a stack look to another program?"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.views.state_text import conditions
from cloudmesh_iac.views.values_json import json_properties
from cloudmesh_iac.views.values_text import SECRET


def state_dict(snapshot: Snapshot) -> dict[str, Any]:
    """Return every record and open intent, without their properties."""
    return {
        "version": 1,
        "project": snapshot.stack.project,
        "stack": snapshot.stack.name,
        "serial": snapshot.serial,
        "resources": [_record(one) for one in snapshot.records],
        "open": [_intent(one) for one in snapshot.intents],
    }


def objects_dict(
    snapshot: Snapshot, records: Sequence[Record], intents: Sequence[Intent]
) -> dict[str, Any]:
    """Return some records with their properties; secrets are `[secret]`."""
    return {
        "version": 1,
        "project": snapshot.stack.project,
        "stack": snapshot.stack.name,
        "resources": [
            {
                **_record(one),
                "inputs": json_properties(one.inputs, lambda _: SECRET),
                "outputs": json_properties(one.outputs, lambda _: SECRET),
            }
            for one in records
        ],
        "open": [
            {**_intent(one), "inputs": json_properties(one.goal.inputs, lambda _: SECRET)}
            for one in intents
        ],
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "urn": record.urn,
        "type": record.type,
        "custom": record.custom,
        "id": record.id or None,
        "creation": record.creation,
        "conditions": [*conditions(record)],
        "parent": record.parent,
        "dependencies": list(record.dependencies),
        "provider": record.provider or None,
        "source": None if record.source is None else str(record.source),
        "created": None if record.created is None else record.created.isoformat(),
        "modified": None if record.modified is None else record.modified.isoformat(),
    }


def _intent(intent: Intent) -> dict[str, Any]:
    ticket = intent.ticket
    return {
        "urn": intent.urn,
        "op": str(intent.op),
        "creation": intent.creation,
        "waits_for": None if ticket is None else ticket.shown_id,
        "site": None if ticket is None else ticket.site,
    }


def findings_dict(findings: Sequence[Finding]) -> dict[str, Any]:
    return {"version": 1, "findings": [asdict(one) for one in findings]}
