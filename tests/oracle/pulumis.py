"""Let Pulumi's engine play a history."""

import json

from tests.oracle.case import History, history_to_json
from tests.oracle.codec import from_json
from tests.oracle.outcome import Result
from tests.rigs.pulumi.engine import PulumiEngine


class OracleCrashed(Exception):
    """Pulumi's engine, or the framework around it, could not play this history."""


def play_theirs(history: History, engine: PulumiEngine) -> Result:
    """Errors: OracleCrashed; EngineDied."""
    line = json.dumps(history_to_json(history, full=True)).encode()
    result = from_json(Result, json.loads(engine.play(line)))
    if result.crash:
        raise OracleCrashed(result.crash)
    for played in result.generations:
        for phase in (played.preview, played.update):
            if phase is not None and phase.error.startswith("framework:"):
                raise OracleCrashed(phase.error)
    return result
