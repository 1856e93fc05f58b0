"""Names, durations, and texts from outside."""

import pytest

from cloudmesh_iac.views.words import (
    ASCII,
    UNICODE,
    Marks,
    Verb,
    clock,
    duration,
    job_urn,
    marks_for,
    one_line,
    title,
)
from tests.unit.views.builders import SWEEP, an_urn
from tests.unit.views.outcomes import completion, submission


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [
        ("utf-8", UNICODE),
        ("ascii", ASCII),
        ("latin-1", ASCII),
        ("no such encoding", ASCII),
        (None, ASCII),
    ],
)
def test_a_console_gets_only_signs_that_it_can_show(encoding: str | None, marks: Marks) -> None:
    assert marks_for(encoding) == marks


def test_every_verb_has_a_sign_of_one_column() -> None:
    for marks in (UNICODE, ASCII):
        assert {len(marks.of(verb)) for verb in Verb} == {1}


def test_both_halves_of_a_job_have_one_urn_and_one_name() -> None:
    assert job_urn(completion("pi/n=1")) == submission("pi/n=1")
    assert job_urn(submission("pi/n=1")) == submission("pi/n=1")
    assert job_urn(SWEEP) == SWEEP
    assert title(completion("pi/n=1")) == "job pi/n=1"


def test_a_name_with_colons_keeps_them() -> None:
    assert title(an_urn("aws:ec2/instance:Instance", "a::b")) == "instance a::b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("a\nb\rc\td\x07", "a\\nb\\rc d\\x07"),
        ("[bold]grün[/bold]", "[bold]grün[/bold]"),
        ("right\u202eleft", "right\\u202eleft"),
    ],
)
def test_a_text_from_outside_cannot_steer_a_terminal(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("seconds", "said", "on_a_clock"),
    [
        (-1, "0.0 s", "0 s"),
        (0.04, "0.0 s", "0 s"),
        (12.34, "12.3 s", "12 s"),
        (59.96, "1m00s", "1m00s"),
        (125, "2m05s", "2m05s"),
        (7384, "2h03m", "2h03m"),
        (90000, "1d01h", "1d01h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str, on_a_clock: str) -> None:
    assert duration(seconds) == said
    assert clock(seconds) == on_a_clock
