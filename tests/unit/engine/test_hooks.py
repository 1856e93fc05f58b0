"""What the functions around a change are asked, and what is said when they fail."""

from dataclasses import replace

from cloudmesh_iac.core.events import Event, LogLine
from cloudmesh_iac.core.hooks import Hooks
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.engine.hooking import ErrorHook, FailureAsk, failed_change
from cloudmesh_iac.engine.hooks import HookBook
from tests.builders import a_record


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    def tell(self, event: Event) -> None:
        self.heard.append(event)


def a_record_with(*on_error: str) -> Record:
    return replace(a_record("head"), options=Options(hooks=Hooks(on_error=on_error)))


def a_question(record: Record, *errors: str) -> FailureAsk:
    return failed_change(Op.CREATE, record, old=None, errors=errors)


def a_book(listener: Listener, *hooks: ErrorHook) -> HookBook:
    book = HookBook(is_preview=False, events=listener)
    for hook in hooks:
        book.add(hook)
    return book


def test_an_error_hook_that_nobody_has_registered_is_named() -> None:
    # given
    record, book = a_record_with("again"), a_book(Listener())

    # when
    answer = book.wants_retry(record, a_question(record, "no room"))

    # then
    assert isinstance(answer, Failure)
    assert answer.message == "its error hook again is not known"
    assert "register it" in answer.hint


def test_another_try_that_an_error_hook_wants_is_told() -> None:
    # given
    listener, record = Listener(), a_record_with("never", "again")
    book = a_book(listener, ErrorHook("never", lambda _: False), ErrorHook("again", lambda _: True))

    # when
    wants = book.wants_retry(record, a_question(record, "no room", "no room"))

    # then
    assert wants is True
    words = "trying again, as an error hook wants it (2/100)"
    assert listener.heard == [LogLine(words, record.urn, "warning")]


def test_nothing_is_told_when_no_error_hook_wants_another_try() -> None:
    # given
    listener, record = Listener(), a_record_with("never")
    book = a_book(listener, ErrorHook("never", lambda _: False))

    # when
    wants = book.wants_retry(record, a_question(record, "no room"))

    # then
    assert wants is False
    assert listener.heard == []


def test_an_error_hook_that_fails_says_why() -> None:
    # given
    record = a_record_with("broken")
    book = a_book(Listener(), ErrorHook("broken", lambda _: Failure("division by zero")))

    # when
    answer = book.wants_retry(record, a_question(record, "no room"))

    # then
    assert answer == Failure("error hook broken failed: division by zero")
