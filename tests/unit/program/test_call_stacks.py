"""The stack that the engine is told is the one that the SDK would tell it."""

import asyncio
import runpy
from pathlib import Path

import pytest
from pulumi.runtime import resource as sdk_resource
from pulumi.runtime.proto import source_pb2

from cloudmesh_iac.program.call_stacks import call_stack, tell_call_stacks_cheaply


class _Innermost:
    """Stands for the SDK's own classes: the stack begins outside of three constructors."""

    def __init__(self) -> None:
        self.theirs = sdk_resource._get_stack_trace()
        self.ours = call_stack()


class _Middle(_Innermost):
    def __init__(self) -> None:
        super().__init__()


class _Thing(_Middle):
    def __init__(self) -> None:
        super().__init__()


def _lines(trace: source_pb2.StackTrace) -> list[tuple[str, int]]:
    return [(frame.pc.uri, frame.pc.line) for frame in trace.frames]


def test_the_stack_is_the_sdks_own_from_the_line_that_declares() -> None:
    # when
    things = [_Thing() for _ in range(2)]

    # then
    for thing in things:
        ours, theirs = _lines(thing.ours), _lines(thing.theirs)
        assert ours == theirs[: len(ours)]
        assert ours[0][0] == Path(__file__).as_uri()


def test_what_runs_a_program_is_left_out(tmp_path: Path) -> None:
    # given
    program = tmp_path / "declares.py"
    program.write_text("\n\nthing = make()\n")

    # when
    thing = runpy.run_path(str(program), {"make": _Thing})["thing"]

    # then
    assert _lines(thing.ours) == _lines(thing.theirs)[:1] == [(program.as_uri(), 3)]


def test_what_goes_on_with_a_program_is_left_out() -> None:
    # given
    made: list[_Thing] = []

    async def declare() -> None:
        made.append(_Thing())

    # when
    asyncio.run(declare())

    # then
    assert len(_lines(made[0].ours)) == 1
    assert _lines(made[0].ours) == _lines(made[0].theirs)[:1]


def test_nothing_is_told_of_a_call_outside_of_constructors() -> None:
    assert not call_stack().frames
    assert not sdk_resource._get_stack_trace().frames


def test_a_line_without_a_file_is_told_without_one() -> None:
    # when
    names: dict[str, object] = {"make": _Thing}
    exec("thing = make()", names)
    thing = names["thing"]

    # then
    assert isinstance(thing, _Thing)
    assert thing.ours.frames[0] == thing.theirs.frames[0]
    assert not thing.ours.frames[0].HasField("pc")


def test_the_sdk_is_told_to_ask_us(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(sdk_resource, "_get_stack_trace", sdk_resource._get_stack_trace)

    # when
    tell_call_stacks_cheaply()

    # then
    assert sdk_resource._get_stack_trace is call_stack


def test_an_sdk_that_does_not_ask_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.delattr(sdk_resource, "_get_stack_trace")

    # when
    tell_call_stacks_cheaply()

    # then
    assert not hasattr(sdk_resource, "_get_stack_trace")


def test_an_sdk_that_asks_in_another_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    def with_more(skipped: int) -> source_pb2.StackTrace:
        raise AssertionError(skipped)

    monkeypatch.setattr(sdk_resource, "_get_stack_trace", with_more)

    # when
    tell_call_stacks_cheaply()

    # then
    assert vars(sdk_resource)["_get_stack_trace"] is with_more
