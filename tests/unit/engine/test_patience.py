"""A site in trouble is asked less and less often."""

import pytest

from cloudmesh_iac.engine.polling import patient


@pytest.mark.parametrize(
    ("troubles", "pause_s"),
    [(0, 15.0), (1, 30.0), (2, 60.0), (6, 960.0), (7, 1800.0), (99, 1800.0)],
)
def test_each_question_without_an_answer_doubles_the_pause(troubles: int, pause_s: float) -> None:
    assert patient(15.0, troubles) == pause_s


def test_the_pause_that_a_site_wants_is_never_shortened() -> None:
    assert patient(7200.0, 3) == 7200.0
