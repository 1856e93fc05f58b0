"""A handler's methods behind the Provider port."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Problem,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls, is_unknown
from cloudmesh_iac.providers.dynamic.seed import CURRENT_SEED
from tests.builders import a_urn

TYPE = ResourceType("pulumi-python:dynamic:Lab")
URN = a_urn(type_=TYPE)
CLASS = Secret("pickle")


class Handler(ResourceProvider):
    """Does what a test gives it, and keeps what it was given."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        super().__init__()
        self._answer = answer
        self.given: list[Any] = []

    def _called(self, *given: Any) -> Any:
        self.given += given
        return self._answer(*given)

    def check(self, _olds: Any, news: Any) -> CheckResult:
        return self._called(_olds, news)  # type: ignore[no-any-return] # the test says what

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        return self._called(_id, _olds, _news)  # type: ignore[no-any-return]

    def create(self, props: Any) -> CreateResult:
        return self._called(props)  # type: ignore[no-any-return]

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        return self._called(_id, _olds, _news)  # type: ignore[no-any-return]

    def delete(self, _id: str, _props: Any) -> None:
        self._called(_id, _props)

    def read(self, id_: str, props: Any) -> ReadResult:
        return self._called(id_, props)  # type: ignore[no-any-return]


def fail(error: BaseException) -> Callable[..., Any]:
    def answer(*_: Any) -> Any:
        raise error

    return answer


def check(handler: ResourceProvider, news: Properties) -> Checked | Refusal | Failure:
    return HandlerCalls(handler).check(CheckAsk(URN, TYPE, {"a": 1}, news, "5eed"))


def diff(handler: ResourceProvider, news: Properties) -> Difference | Failure:
    old: Properties = {"a": 1, "b": 2, "made": "here", "__provider": "old pickle"}
    return HandlerCalls(handler).diff(DiffAsk(URN, TYPE, "id-1", {"a": 1}, old, news))


def create(handler: ResourceProvider, inputs: Properties) -> Created | Failure:
    return HandlerCalls(handler).create(CreateAsk(URN, TYPE, inputs))


def update(handler: ResourceProvider, news: Properties) -> Updated | Failure:
    return HandlerCalls(handler).update(UpdateAsk(URN, TYPE, "id-1", {}, {"a": 1}, news))


def delete(handler: ResourceProvider) -> Deleted | Failure:
    return HandlerCalls(handler).delete(DeleteAsk(URN, TYPE, "id-1", {}, {"a": Secret(1)}))


def read(handler: ResourceProvider) -> Read | Gone | Failure:
    known: Properties = {"a": Secret(1), "__provider": CLASS}
    return HandlerCalls(handler).read(ReadAsk(URN, TYPE, "id-1", {}, known))


# --- check ----------------------------------------------------------------------------------------


def test_checked_inputs_keep_their_marks_and_their_class() -> None:
    # given
    handler = Handler(lambda olds, news: CheckResult({"a": news["a"], "b": news["b"]}, []))

    # when
    answer = check(handler, {"a": Secret("x"), "b": UNKNOWN, "__provider": CLASS})

    # then
    assert answer == Checked({"a": Secret("x"), "b": UNKNOWN, "__provider": CLASS})
    olds, news = handler.given
    assert olds == {"a": 1}
    assert news["a"] == "x"
    assert is_unknown(news["b"])


def test_every_problem_of_a_check_is_told() -> None:
    # given
    failures = [CheckFailure("a", "too small"), CheckFailure("", "never")]
    handler = Handler(lambda olds, news: CheckResult(news, failures))

    # then
    assert check(handler, {}) == Refusal((Problem("a", "too small"), Problem("", "never")))


def test_the_seed_is_there_during_a_check_and_only_then() -> None:
    # given
    seen: list[str | None] = []

    def answer(olds: Any, news: Any) -> CheckResult:
        seen.append(CURRENT_SEED.get())
        raise ValueError("after that")

    # when
    check(Handler(answer), {})

    # then
    assert seen == ["5eed"]
    assert CURRENT_SEED.get() is None


# --- diff -----------------------------------------------------------------------------------------


def test_a_difference_names_the_changed_keys() -> None:
    # given
    result = DiffResult(changes=True, replaces=["a"], stables=["made"], delete_before_replace=True)
    handler = Handler(lambda *_: result)

    # then
    assert diff(handler, {"a": 5, "b": 2, "c": 3, "__provider": "new pickle"}) == Difference(
        has_changes=True,
        keys=("a", "c"),
        replaces=("a",),
        stables=("made",),
        delete_before_replace=True,
    )
    assert handler.given[0] == "id-1"


def test_a_handler_of_ours_says_itself_what_changed_and_what_is_lost() -> None:
    # given
    result = DiffResult(changes=True)
    vars(result).update(keys=("b",), losses=("its disk",))

    # then
    answer = diff(Handler(lambda *_: result), {"a": 5})
    assert answer == Difference(has_changes=True, keys=("b",), losses=("its disk",))


def test_no_answer_leaves_the_comparison_to_the_planner() -> None:
    assert diff(Handler(lambda *_: DiffResult()), {"a": 5}) == Difference(has_changes=None)
    same = diff(Handler(lambda *_: DiffResult(changes=False)), {"a": 1, "b": 2})
    assert same == Difference(has_changes=False)


# --- create, update, delete -----------------------------------------------------------------------


def test_what_was_created_keeps_its_marks_and_its_class() -> None:
    # given
    handler = Handler(lambda props: CreateResult("id-1", {**props, "made": 4, "none": None}))

    # then
    assert create(handler, {"a": Secret("x"), "__provider": CLASS}) == Created(
        "id-1", {"a": Secret("x"), "made": 4, "__provider": CLASS}
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_create_without_an_id_is_a_failure(nothing: Any) -> None:
    answer = create(Handler(lambda props: CreateResult(nothing, {})), {})
    assert isinstance(answer, Failure)
    assert "returned no id" in answer.message
    assert not answer.is_certain


def test_an_update_may_say_that_the_object_ended_badly() -> None:
    # given
    bad = UpdateResult({"a": 2})
    vars(bad)["failed"] = True

    # then
    assert update(Handler(lambda *_: UpdateResult({"a": 2})), {"a": 2}) == Updated({"a": 2})
    assert update(Handler(lambda *_: bad), {"a": 2}) == Updated({"a": 2}, failed=True)


def test_a_delete_sees_the_outputs_without_marks() -> None:
    handler = Handler(lambda *_: None)
    assert delete(handler) == Deleted()
    assert handler.given == ["id-1", {"a": 1}]


def test_what_was_read_keeps_its_marks_and_its_class() -> None:
    handler = Handler(lambda *_: ReadResult("id-1", {"a": 2, "b": 3}))
    assert read(handler) == Read("id-1", {"a": Secret(2), "b": 3, "__provider": CLASS})


def test_a_read_may_say_which_inputs_would_make_it() -> None:
    # given
    handler = Handler(lambda *_: ReadResult("id-1", {"a": 2, "made": "here"}, {"a": 2}))
    known: Properties = {"a": 1, "__provider": CLASS}
    inputs: Properties = {"a": Secret(1), "__provider": CLASS}

    # when
    answer = HandlerCalls(handler).read(ReadAsk(URN, TYPE, "id-1", inputs, known))

    # then
    assert answer == Read(
        "id-1",
        {"a": 2, "made": "here", "__provider": CLASS},
        {"a": Secret(2), "__provider": CLASS},
    )


def test_what_is_not_recorded_is_read_by_what_the_program_knows() -> None:
    # given
    handler = Handler(ReadResult)

    # when
    HandlerCalls(handler).read(ReadAsk(URN, TYPE, "id-1", {"a": 1}, {}))

    # then
    assert handler.given == ["id-1", {"a": 1}]


def test_a_class_without_a_read_has_looked_at_nothing() -> None:
    known: Properties = {"a": 1}
    answer = HandlerCalls(ResourceProvider()).read(ReadAsk(URN, TYPE, "id-1", known, known))
    assert answer == Read("id-1", known, is_blind=True)


def test_a_read_with_an_id_and_no_outputs_is_a_failure() -> None:
    answer = read(Handler(lambda *_: ReadResult("id-1", None)))
    assert isinstance(answer, Failure)
    assert "its read returned an id and no outs" in answer.message


def test_what_has_no_id_any_more_is_gone() -> None:
    assert read(Handler(lambda *_: ReadResult(None, {}))) == Gone()


# --- exceptions -----------------------------------------------------------------------------------

CALLS: dict[str, Callable[[ResourceProvider], object]] = {
    "check": lambda handler: check(handler, {}),
    "diff": lambda handler: diff(handler, {}),
    "create": lambda handler: create(handler, {}),
    "update": lambda handler: update(handler, {}),
    "delete": delete,
    "read": read,
}
CHANGES_NOTHING = {"check", "diff", "read"}
CANNOT_BE_LOOKED_FOR = {"create"}  # the class has no `find`: we take its word


@pytest.mark.parametrize(("name", "call"), CALLS.items())
def test_an_exception_is_a_failure_that_is_certain_where_nothing_can_have_happened(
    name: str, call: Callable[[ResourceProvider], object], capsys: pytest.CaptureFixture[str]
) -> None:
    # when
    answer = call(Handler(fail(ValueError("no room"))))

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("ValueError: no room")
    assert answer.is_certain is (name in CHANGES_NOTHING | CANNOT_BE_LOOKED_FOR)
    assert "ValueError: no room" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "call"), CALLS.items())
def test_an_error_of_ours_passes_its_hint_and_says_what_is_certain(
    name: str, call: Callable[[ResourceProvider], object]
) -> None:
    # given
    said_no = SiteRefused("no such queue", hint="sinfo lists them")
    silent = SiteUnreachable("no answer")

    # then
    assert call(Handler(fail(said_no))) == Failure("no such queue", "sinfo lists them")
    certain = name in CHANGES_NOTHING
    assert call(Handler(fail(silent))) == Failure("no answer", is_certain=certain)


def test_what_cannot_be_stored_is_a_failure_and_not_a_broken_record() -> None:
    answer = create(Handler(lambda props: CreateResult("1", {"x": float("nan")})), {})
    assert isinstance(answer, Failure)
    assert "nan" in answer.message
    assert not answer.is_certain


# --- what a lost create has made ------------------------------------------------------------------


class Searching(Handler):
    """A class that can look for what it may have made."""

    def find(self, props: Any, token: str) -> Any:
        return self._called(props, token)


def find(handler: ResourceProvider, inputs: Properties) -> Sequence[Found] | Failure:
    return HandlerCalls(handler).find(FindAsk(URN, TYPE, inputs, {}))


@pytest.mark.parametrize(
    ("found", "ids"), [(None, []), ([], []), ("i-1", ["i-1"]), (("i-1", 2), ["i-1", "2"])]
)
def test_a_class_says_what_there_is_of_it(found: object, ids: list[str]) -> None:
    # given
    handler = Searching(lambda *_: found)

    # when
    answer = find(handler, {"name": Secret("x"), "token": "5eed"})

    # then
    assert answer == tuple(Found(one) for one in ids)
    assert handler.given == [{"name": "x", "token": "5eed"}, "5eed"]


def test_a_search_that_fails_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    # when
    answer = find(Searching(fail(OSError("no network"))), {})

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("OSError: no network")
    assert "no network" in capsys.readouterr().err


def test_what_a_class_may_have_made_is_looked_for_before_it_tries_again() -> None:
    # when
    answer = create(Searching(fail(ValueError("the connection broke"))), {})

    # then
    assert isinstance(answer, Failure)
    assert not answer.is_certain


class Blind(ResourceProvider):
    """It could find, but nobody could read what it finds."""

    def find(self, _props: Any, _token: str) -> str:
        return "i-1"


@pytest.mark.parametrize(
    ("handler", "inputs", "search"),
    [
        (Searching(len), {"token": "5eed"}, Search.TOKEN),
        (Searching(len), {}, Search.KEY),
        (Handler(len), {"token": "5eed"}, Search.NONE),
        (Blind(), {"token": "5eed"}, Search.NONE),
    ],
)
def test_a_class_can_look_if_it_has_find_and_read(
    handler: ResourceProvider, inputs: Properties, search: Search
) -> None:
    assert HandlerCalls(handler).search(FindAsk(URN, TYPE, inputs, {})) is search
