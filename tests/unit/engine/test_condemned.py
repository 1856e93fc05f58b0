"""Claims on objects that make room."""

import threading

from cloudmesh_iac.engine.condemned import Condemned
from tests.builders import a_urn

HEAD, TAIL, LAST = a_urn("head"), a_urn("tail"), a_urn("last")


def test_what_was_declared_or_claimed_before_cannot_be_claimed() -> None:
    # given
    condemned = Condemned()
    condemned.arrive(TAIL)

    # then
    assert condemned.claim(HEAD, [TAIL, LAST]) == {LAST}
    assert condemned.claim(a_urn("other"), [TAIL, LAST]) == frozenset()
    assert not condemned.is_free(TAIL)
    assert not condemned.is_free(LAST)
    assert condemned.is_free(HEAD)


def test_what_is_gone_says_for_what_and_the_rest_is_given_back() -> None:
    # given
    condemned = Condemned()
    condemned.claim(HEAD, [TAIL, LAST])
    condemned.claim(a_urn("other"), [a_urn("third")])

    # when
    before = condemned.root_of(LAST)
    condemned.note_gone(LAST)
    condemned.settle(HEAD)

    # then
    assert before is None
    assert condemned.root_of(LAST) == HEAD
    assert condemned.root_of(TAIL) is None
    assert condemned.is_free(TAIL)
    assert condemned.is_claimed_by_another(a_urn("third"), HEAD)
    assert not condemned.is_claimed_by_another(LAST, HEAD)
    assert not condemned.is_claimed_by_another(TAIL, HEAD)


def test_whoever_needs_a_claimed_one_waits_until_it_is_gone_or_given_back() -> None:
    # given
    condemned = Condemned()
    condemned.claim(HEAD, [TAIL, LAST])
    waiting = [threading.Thread(target=condemned.wait, args=(urn,)) for urn in (TAIL, LAST)]
    for thread in waiting:
        thread.start()

    # when
    assert all(thread.is_alive() for thread in waiting)
    condemned.note_gone(TAIL)
    condemned.settle(HEAD)
    for thread in waiting:
        thread.join(10.0)

    # then
    assert not any(thread.is_alive() for thread in waiting)
    condemned.wait(HEAD)  # nobody has claimed it
