"""Durations are read as Pulumi writes them."""

import pytest

from cloudmesh_iac.core.timeouts import parse_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 600.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("90s", 90.0),
        ("250ms", 0.25),
        ("1m0.5s", 60.5),
        ("", None),
        ("0", None),
        ("0s", None),
    ],
)
def test_a_duration_is_read(text: str, seconds: float | None) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["10", "m", "ten minutes", "10m ", "-1s", "1d", "10m5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration_s(text)
