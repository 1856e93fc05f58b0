"""How a rule for retries is said."""

from typing import Any

import pytest

from cloudmesh_iac.components.retries import Retries, parse_retries
from cloudmesh_iac.components.spec import JobSpec
from cloudmesh_iac.core.retries import RETRIED
from cloudmesh_iac.errors import ExperimentError


def test_a_rule_names_its_ends_and_a_number_means_any() -> None:
    assert parse_retries(Retries(3, on=["NODE_FAIL", "exit:75", "NODE_FAIL"])) == {
        "most": 3,
        "on": ["NODE_FAIL", "exit:75"],
    }
    assert parse_retries(2) == {"most": 2, "on": list(RETRIED)}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (0, "0 is not a whole number from 1 up"),
        (True, "True is not a whole number"),
        (Retries(1, on=[]), "not a list of ends"),
        (Retries(1, on="TIMEOUT"), "on is 'TIMEOUT', not a list of ends"),
        (Retries(1, on=["CANCELLED"]), "'CANCELLED' is no end to try again after"),
        (Retries(1, on=["exit:0"]), "'exit:0' is no end to try again after"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_its_job(said: Any, words: str) -> None:
    with pytest.raises(ExperimentError, match=f"retries: .*{words}"):
        JobSpec("true", retries=said)
