"""Pauses that grow."""

from cloudmesh_iac.core.pauses import growing_pause_s


def test_a_pause_grows_up_to_the_longest_one_however_often_is_asked() -> None:
    pauses = [growing_pause_s(asked, first_s=4.0, longest_s=10.0) for asked in (0, 1, 2, 3, 10**6)]
    assert pauses == [4.0, 6.0, 9.0, 10.0, 10.0]


def test_the_first_pause_holds_where_the_longest_is_shorter() -> None:
    assert growing_pause_s(3, first_s=4.0, longest_s=1.0) == 4.0
