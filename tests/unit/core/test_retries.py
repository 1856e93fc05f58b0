"""After which ends is work tried again?"""

import pytest

from cloudmesh_iac.core.retries import exit_codes, is_end, is_retried


@pytest.mark.parametrize(
    ("on", "state", "code", "answer"),
    [
        (("TIMEOUT",), "TIMEOUT", None, True),
        (("TIMEOUT",), "FAILED", 1, False),
        (("FAILED",), "FAILED", 75, True),
        (("exit:75",), "FAILED", 75, True),
        (("exit:75",), "FAILED", 7, False),
        (("exit:75",), "FAILED", None, False),
        (("exit:75",), "TIMEOUT", 75, False),
        (("exit:75", "NODE_FAIL"), "NODE_FAIL", None, True),
        ((), "FAILED", 1, False),
    ],
)
def test_an_end_is_one_of_those_that_are_named(
    on: tuple[str, ...], state: str, code: int | None, *, answer: bool
) -> None:
    assert is_retried(on, state, code) is answer


@pytest.mark.parametrize("text", ["FAILED", "TIMEOUT", "exit:1", "exit:255", "NODE_FAIL"])
def test_an_end_may_be_named(text: str) -> None:
    assert is_end(text)


@pytest.mark.parametrize(
    "text", ["", "CANCELLED", "LOST", "COMPLETED", "timeout", "exit:0", "exit:256", "exit:", "75"]
)
def test_an_end_that_nobody_tries_again_may_not(text: str) -> None:
    assert not is_end(text)


def test_the_exit_codes_of_a_rule_stand_in_order() -> None:
    assert exit_codes(("exit:75", "TIMEOUT", "exit:9")) == (9, 75)
