"""What can be said of machines and spans of time."""

from datetime import timedelta

import pytest

from cloudmesh_iac.core.metal import Window
from tests.builders import NOON
from tests.contract.pools import a_machine, hours, need, span


@pytest.mark.parametrize("lasts_s", [0, -1])
def test_a_span_ends_after_its_start(lasts_s: float) -> None:
    with pytest.raises(ValueError, match="which is not after its start"):
        Window(NOON, NOON + timedelta(seconds=lasts_s))


def test_the_end_of_a_span_is_no_part_of_it() -> None:
    window = span(1, 2)
    assert [window.has(hours(one)) for one in (0.9, 1, 1.9, 2)] == [False, True, True, False]
    assert [window.overlaps(span(0, one)) for one in (1, 1.1)] == [False, True]


def test_names_are_asked_for_or_what_machines_must_have() -> None:
    machine = a_machine("i1", cpus=8, memory_mb=1024, tags="gpu ssd")
    assert need("i1", "i2").fits(machine)
    assert not need("i2").fits(machine)
    assert need(cpus=8, memory_mb=1024, tags="gpu").fits(machine)
    assert not need(cpus=9).fits(machine)
    assert not need(memory_mb=1025).fits(machine)
    assert not need(tags="gpu fast").fits(machine)
    assert (need("i1", "i2").how_many, need(count=3).how_many) == (2, 3)
