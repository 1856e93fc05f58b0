"""Whoever changes, removes or inserts an entry of the history is seen."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.chain import (
    Chain,
    Flaw,
    FlawKind,
    Link,
    begun,
    bound,
    end_hash,
    flaws_of,
)
from tests.builders import STACK

CHANGED, MISSING, INSERTED = FlawKind.CHANGED, FlawKind.MISSING, FlawKind.INSERTED


def a_chain() -> Chain:
    return bound(STACK, [("one", "end 1"), ("two", ""), ("three", "end 3"), ("four", "end 4")])


def written_anew(link: Link, started: str) -> Link:
    """Return an entry with another text and a hash that fits it."""
    other = begun(STACK, link.number, started, previous=link.previous)
    closed = end_hash(STACK, link.number, link.ended, start_hash=other.start_hash)
    return replace(other, ended=link.ended, end_hash=closed)


def changed(chain: Chain, number: int, change: Callable[[Link], Link]) -> Chain:
    links = (change(link) if link.number == number else link for link in chain.links)
    return replace(chain, links=tuple(links))


def without(chain: Chain, *numbers: int) -> Chain:
    return replace(chain, links=tuple(one for one in chain.links if one.number not in numbers))


@pytest.mark.parametrize("entries", [[], [("one", "")], [("one", "end"), ("two", "")]])
def test_what_was_written_is_whole(entries: list[tuple[str, str]]) -> None:
    assert flaws_of(bound(STACK, entries)) == ()


def test_a_run_that_was_killed_is_no_flaw() -> None:
    assert flaws_of(a_chain()) == ()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_changed_text_names_its_entry(number: int) -> None:
    chain = changed(a_chain(), number, lambda link: replace(link, started="other"))
    assert flaws_of(chain) == (Flaw(number, CHANGED),)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_changed_end_names_its_entry(number: int) -> None:
    for ended in ("other", ""):
        chain = changed(a_chain(), number, lambda link: replace(link, ended=ended))  # noqa: B023
        assert flaws_of(chain) == (Flaw(number, CHANGED),)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_an_entry_that_was_written_anew_with_its_hash_is_seen_by_the_next_one(number: int) -> None:
    chain = changed(a_chain(), number, lambda link: written_anew(link, "other"))
    assert flaws_of(chain) == (Flaw(number, CHANGED),)


def test_an_end_that_was_added_later_is_seen() -> None:
    # given
    killed = a_chain().links[1]
    closed = end_hash(STACK, 2, "it was good", start_hash=killed.start_hash)

    # then
    chain = changed(a_chain(), 2, lambda link: replace(link, ended="it was good", end_hash=closed))
    assert flaws_of(chain) == (Flaw(2, CHANGED),)


@pytest.mark.parametrize("numbers", [(1,), (2,), (2, 3), (4,), (1, 2, 3, 4)])
def test_removed_entries_are_named(numbers: tuple[int, ...]) -> None:
    found = flaws_of(without(a_chain(), *numbers))
    assert found == tuple(Flaw(number, MISSING) for number in numbers)


def test_an_entry_that_moved_up_to_the_place_of_a_removed_one_is_named() -> None:
    # given
    chain = without(a_chain(), 3)
    moved = changed(chain, 4, lambda link: replace(link, number=3))

    # then
    assert flaws_of(moved) == (Flaw(3, CHANGED), Flaw(4, MISSING))


def test_an_entry_that_was_inserted_twice_or_at_the_end_is_named() -> None:
    # given
    chain = a_chain()
    twin = begun(STACK, 2, "another two", previous=chain.links[0].hash)
    more = begun(STACK, 5, "five", previous=chain.head)

    # then
    twice = replace(chain, links=(*chain.links[:2], twin, *chain.links[2:]))
    assert flaws_of(twice) == (Flaw(2, INSERTED),)
    assert flaws_of(replace(chain, links=(*chain.links, more))) == (Flaw(5, INSERTED),)


def test_the_history_of_another_stack_does_not_fit() -> None:
    chain = replace(a_chain(), stack=replace(STACK, name="other"))
    assert [flaw.number for flaw in flaws_of(chain)] == [1, 2, 3, 4]


def test_a_chain_whose_first_entry_claims_another_before_it_is_not_whole() -> None:
    first = begun(STACK, 1, "one", previous="x" * 64)
    assert flaws_of(Chain(STACK, (first,), 1, first.hash)) == (Flaw(1, CHANGED),)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1, max_size=6), st.data())
def test_whatever_happens_to_one_entry_is_seen(
    entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    # given
    chain = bound(STACK, entries)
    link = data.draw(st.sampled_from(chain.links))
    other = data.draw(st.text(min_size=1).filter(lambda text: text != link.started))

    # when
    spoiled = [
        without(chain, link.number),
        changed(chain, link.number, lambda one: replace(one, started=other)),
        changed(chain, link.number, lambda one: replace(one, ended=f"{one.ended}x")),
        changed(chain, link.number, lambda one: written_anew(one, other)),
        changed(chain, link.number, lambda one: replace(one, number=one.number + 1)),
        replace(chain, links=(*chain.links, link)),
        replace(chain, head="0" * 64),
    ]

    # then
    assert flaws_of(chain) == ()
    assert all(flaws_of(one) for one in spoiled)
