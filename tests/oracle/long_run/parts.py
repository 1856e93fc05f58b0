"""Play one part of a long run: all histories of one seed, and count what came of them."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.case import History, history_to_json
from tests.oracle.playing import played_by_both
from tests.oracle.pulumis import OracleCrashed
from tests.oracle.strategies import histories
from tests.rigs.pulumi.engine import EngineDied, PulumiEngine


@dataclass
class Part:
    """`purposes` and `unplayed` are counts by reason; `differing` have a history and its lines."""

    seed: int
    histories: int = 0
    generations: int = 0
    purposes: dict[str, int] = field(default_factory=dict)
    unplayed: dict[str, int] = field(default_factory=dict)
    differing: list[dict[str, Any]] = field(default_factory=list)


def play_part(number: int, count: int, engine: PulumiEngine) -> Part:
    """Play `count` histories; a difference is written down, and the next one is played."""
    part = Part(number)

    @seed(number)
    @settings(
        max_examples=count,
        phases=(Phase.generate,),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def play(history: History) -> None:
        part.histories += 1
        try:
            verdict = played_by_both(history, engine)
        except (OracleCrashed, EngineDied) as error:
            _count(part.unplayed, _first_line(error))
            _keep(part, history, f"{type(error).__name__}: {error}")
            return
        except AssertionError as error:  # ours did not end
            _keep(part, history, str(error) or "AssertionError")
            return
        part.generations += verdict.generations
        if verdict.purpose:
            _count(part.purposes, verdict.purpose)
        if verdict.differs:
            _keep(part, history, verdict.differs)

    play()
    return part


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason] = counts.get(reason, 0) + 1


def _keep(part: Part, history: History, differs: str) -> None:
    told = json.loads(json.dumps(history_to_json(history)))
    part.differing.append({"history": told, "differs": differs})


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:120]
