"""Random histories: both engines play them, and a difference is shrunk to the smallest one.

To keep one as a named case, take the JSON that the failure prints into `cases/`.
"""

import json

import pytest
from hypothesis import HealthCheck, given, note, settings

from tests.oracle.case import History, history_to_json
from tests.oracle.comparison import differences, order_problems
from tests.oracle.ours import play_ours
from tests.oracle.pulumis import play_theirs
from tests.oracle.purpose import up_to_purpose
from tests.oracle.strategies import histories
from tests.rigs.pulumi.engine import PulumiEngine

_COUNT = 200


def test_random_histories_go_as_with_pulumi(
    pulumi_engine: PulumiEngine, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("--histories")

    @settings(
        max_examples=count or _COUNT,
        derandomize=not count,  # the same ones each time, so that nobody is surprised
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def go_as_with_pulumi(history: History) -> None:
        note(json.dumps(history_to_json(history)))
        played = play_ours(history), play_theirs(history, pulumi_engine)
        ours, theirs = up_to_purpose(*played)
        assert differences(ours, theirs) == ""
        assert order_problems(ours, theirs) == []

    go_as_with_pulumi()
