"""Random histories: both engines play them, and a difference is shrunk to the smallest one.

To keep one as a named case, take the JSON that the failure prints into `cases/`.
"""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings

from tests.oracle.case import History, history_to_json
from tests.oracle.playing import played_by_both
from tests.oracle.strategies import histories
from tests.rigs.pulumi.engine import PulumiEngine

_COUNT = 2_000
_PARTS = 8  # so that all workers have their share


@pytest.mark.parametrize("part", range(_PARTS))
def test_random_histories_go_as_with_pulumi(
    part: int, pulumi_engine: PulumiEngine, request: pytest.FixtureRequest
) -> None:
    asked = request.config.getoption("--histories")
    number = request.config.getoption("--seed") * _PARTS + part

    @seed(number)  # the same ones each time, so that nobody is surprised
    @settings(
        max_examples=(asked or _COUNT) // _PARTS,
        phases=(Phase.generate, Phase.shrink),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def go_as_with_pulumi(history: History) -> None:
        note(json.dumps(history_to_json(history)))
        assert played_by_both(history, pulumi_engine).differs == ""

    go_as_with_pulumi()
