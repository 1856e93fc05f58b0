"""Times and sizes as people write them."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.components.quantities import parse_memory, parse_walltime

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        # the six forms of the sbatch manual, --time
        ("20", 20 * MINUTE),
        ("20:30", 20 * MINUTE + 30),
        ("1:20:30", HOUR + 20 * MINUTE + 30),
        ("1-12", DAY + 12 * HOUR),
        ("1-12:30", DAY + 12 * HOUR + 30 * MINUTE),
        ("1-12:30:15", DAY + 12 * HOUR + 30 * MINUTE + 15),
        # forms that Slurm does not have
        ("90s", 90),
        ("20m", 20 * MINUTE),
        ("20min", 20 * MINUTE),
        ("8h", 8 * HOUR),
        ("1.5h", 90 * MINUTE),
        ("2d", 2 * DAY),
        ("  2 H ", 2 * HOUR),
        (30, 30 * MINUTE),
        (timedelta(hours=1, seconds=1), HOUR + 1),
        # odd, and still what Slurm makes of it
        ("90:90", 91 * MINUTE + 30),
        ("0-0:0:1", 1),
        ("00:20:00", 20 * MINUTE),
    ],
)
def test_a_walltime_is_read_as_slurm_does(written: str | int | timedelta, seconds: int) -> None:
    assert parse_walltime(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", "soon", "-5", "1:2:3:4", "1-", "1-2-3", "20 m m", "1.5", "5w", ":30", "1h30m", "True"],
)
def test_what_is_no_time_is_refused_in_its_own_words(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no time; write 00:20:00"):
        parse_walltime(written)


@pytest.mark.parametrize("written", ["0", "0:00", "0s", "0.2s", 0, timedelta(milliseconds=3)])
def test_a_time_that_is_none_is_refused(written: str | int | timedelta) -> None:
    with pytest.raises(ValueError, match="no time that a job could run"):
        parse_walltime(written)


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
def test_slurms_own_form_says_what_it_was_made_of(time: timedelta) -> None:
    wanted = timedelta(days=time.days, seconds=time.seconds)
    hours, rest = divmod(wanted.seconds, HOUR)
    written = f"{wanted.days}-{hours:02}:{rest // MINUTE:02}:{rest % MINUTE:02}"
    assert parse_walltime(written) == wanted.total_seconds() == parse_walltime(wanted)


@given(st.text(alphabet="0123456789:-.smhd ", max_size=400) | st.text())
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_walltime(text) > 0


@pytest.mark.parametrize(
    ("written", "mebibytes"),
    [
        ("512M", 512),
        ("512 MiB", 512),
        ("512", 512),
        (512, 512),
        ("4G", 4096),
        ("4 GiB", 4096),
        ("4gb", 4096),
        ("1.5G", 1536),
        ("2T", 2 * 1024 * 1024),
        ("2048K", 2),
    ],
)
def test_a_memory_is_read_in_mebibytes(written: str | int, mebibytes: int) -> None:
    assert parse_memory(written) == mebibytes


@pytest.mark.parametrize("written", ["", "much", "-4G", "4 X", "4 B", "4 iB", "4G 2M", "1e3"])
def test_what_is_no_size_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_memory(written)


@pytest.mark.parametrize("written", ["0", "0G", "500K", 0])
def test_less_than_a_mebibyte_is_refused(written: str | int) -> None:
    with pytest.raises(ValueError, match="less than a job needs"):
        parse_memory(written)


@given(st.text(alphabet="0123456789. kmgtib", max_size=400) | st.text())
def test_any_text_is_a_size_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_memory(text) >= 1
