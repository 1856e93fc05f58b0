"""Host lists, as the earlier tools took them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.wire.host_lists import expand, fold, names_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a[1-3]", "a1 a2 a3"),
        ("a[001-003],b", "a001 a002 a003 b"),
        ("i[001-003],i007", "i001 i002 i003 i007"),
        ("a[9-11]", "a9 a10 a11"),
        ("n[08-10]", "n08 n09 n10"),
        ("a[1-3]c", "a1c a2c a3c"),
        ("a[1-3,5-6]-ib0", "a1-ib0 a2-ib0 a3-ib0 a5-ib0 a6-ib0"),
        ("vm-vc1-[0-3,7]", "vm-vc1-0 vm-vc1-1 vm-vc1-2 vm-vc1-3 vm-vc1-7"),
        ("a[1-2]b[1-2]", "a1b1 a1b2 a2b1 a2b2"),
        ("[1-3]", "1 2 3"),
        ("1,4", "1 4"),
        ("2-4", "2-4"),
        ("a[0-1000000/500000]", "a0 a500000 a1000000"),
        ("a[1-3],a2", "a1 a2 a3"),
        ("a,,b", "a b"),
        ("", ""),
        (" a1, a2 ", "a1 a2"),
        ("x=[1,4]", "x=1 x=4"),
        ("A[1-2],a[1-2]", "A1 A2 a1 a2"),
        ("b,a", "b a"),
    ],
)
def test_a_list_means_these_names_in_this_order(text: str, names: str) -> None:
    assert expand([text]) == tuple(names.split())


@pytest.mark.parametrize(
    "text",
    [
        "a[3-1]",
        "a[1-",
        "a]",
        "a[1-2]]",
        "a[[1-2]]",
        "a[b]",
        "a[1-2,b]",
        "a[]",
        "a[1--2]",
        "a[1.0-2.0]",
        "a[1-1000000]",
        "a[1-9999999999]",
        "a[1-99999999999999999999]",
        "a[1-9999999999/9999999]",
        "a[1-2000]b[1-2000]",
        "a!b",
        "a&b",
        "@group",
    ],
)
def test_what_is_no_list_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(UsageProblem, match=re.escape(repr(text))):
        expand([text])


def test_several_lists_are_one() -> None:
    assert expand(["vm[1-2]", "web,vm2"]) == ("vm1", "vm2", "web")


@given(st.lists(st.from_regex(r"[a-z]{1,5}[0-9]{0,3}", fullmatch=True), min_size=1, max_size=20))
def test_a_folded_list_means_the_same_names(names: list[str]) -> None:
    assert set(expand([fold(names)])) == set(names)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("vm[1-3]", ["vm1", "vm2", "vm3"]),
        ("i[08-10]", ["i08", "i09", "i10"]),
        ("ior/nodes=[1,4],xfer=1m", ["ior/nodes=1,xfer=1m", "ior/nodes=4,xfer=1m"]),
        ("a[1-2]/b[1-2]*", ["a1/b1*", "a1/b2*", "a2/b1*", "a2/b2*"]),
        ("vm1,vm2", ["vm1,vm2"]),
        ("**:VM::head", ["**:VM::head"]),
        ("x[a-c]", ["x[a-c]"]),
        ("x[3-1]", ["x[3-1]"]),
        ("x[]", ["x[]"]),
    ],
)
def test_a_word_whose_commas_are_its_own_means_these_names(word: str, names: list[str]) -> None:
    assert list(names_in(word)) == names


def test_a_word_that_means_too_many_is_refused_before_they_are_made() -> None:
    with pytest.raises(UsageProblem, match="more than 100,000"):
        names_in("vm[1-9999999999]")
