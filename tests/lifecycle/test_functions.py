"""When functions of packages are called, and what they are asked."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.values import UNKNOWN, Properties
from cloudmesh_iac.engine import invoking
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Problem, Refusal
from cloudmesh_iac.engine.invoking import GET_RESOURCE, Settled, call_function
from cloudmesh_iac.engine.ports.providers import Invokes, Provider, Providers
from cloudmesh_iac.engine.serving import Serving
from tests.builders import STACK, a_registration, a_urn

NOTHING = Invoked({}, is_unknown=True)


@dataclass
class Functions:
    """Providers with functions; each answers with its arguments."""

    asked: list[InvokeAsk] = field(default_factory=list)
    answer: Callable[[InvokeAsk], Invoked | Refusal | Failure] = lambda ask: Invoked(ask.args)

    def functions(self, ask: InvokeAsk) -> Invokes | Failure:
        return Failure("no such package") if ask.token.startswith("no:") else self

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        self.asked.append(ask)
        return self.answer(ask)

    def provider(self, type_: str, reference: str = "") -> Provider | Failure:
        raise AssertionError("nobody asks for resources")

    def close(self) -> None:
        """Nothing was started."""


class NoFunctions:
    def provider(self, type_: str, reference: str = "") -> Provider | Failure:
        raise AssertionError("nobody asks for resources")

    def close(self) -> None:
        """Nothing was started."""


def settled_with(*answers: tuple[Registration, Registered | None]) -> Settled:
    settled = Settled()
    for registration, registered in answers:
        answer: Future[Registered] = Future()
        if registered is not None:
            answer.set_result(registered)
        settled.note(registration, answer)
    return settled


def there(name: str = "head", id_: str = "i-1", *, failed: bool = False) -> Registered:
    return Registered(a_urn(name), id_, {"size": 4}, failed=failed)


def call(
    settled: Settled, providers: Providers, args: Properties | None = None, *needs: str
) -> Invoked | Refusal | Failure:
    ask = InvokeAsk(
        "test:index:find", args or {"a": 1}, depends_on=tuple(a_urn(one) for one in needs)
    )
    return call_function(ask, settled=settled, providers=providers)


def test_a_function_is_asked_when_what_it_needs_is_there() -> None:
    functions = Functions()
    settled = settled_with((a_registration("head"), there()))
    assert call(settled, functions, {"a": 1}, "head", "unheard-of") == Invoked({"a": 1})
    assert len(functions.asked) == 1


@pytest.mark.parametrize(
    "answer", [there(id_=""), there(failed=True), there(id_="", failed=True)], ids=str
)
def test_what_is_planned_or_failed_leaves_the_answer_unknown(answer: Registered) -> None:
    functions = Functions()
    settled = settled_with((a_registration("head"), answer))
    assert call(settled, functions, {"a": 1}, "head") == NOTHING
    assert functions.asked == []


def test_an_unknown_argument_leaves_the_answer_unknown() -> None:
    functions = Functions()
    assert call(settled_with(), functions, {"a": (1, UNKNOWN)}) == NOTHING
    assert functions.asked == []


def test_a_component_stands_for_all_that_is_inside() -> None:
    # given
    group = a_registration("group", custom=False)
    inner = a_registration("inner", parent=group.urn)
    answers = settled_with(
        (group, Registered(group.urn, "", {})), (inner, Registered(inner.urn, "", {}))
    )

    # then
    assert call(answers, Functions(), {"a": 1}, "group") == NOTHING


def test_what_is_not_answered_yet_is_waited_for() -> None:
    group = a_registration("group", custom=False)
    inner = a_registration("inner", parent=group.urn)
    settled = settled_with((group, Registered(group.urn, "", {})), (inner, None))
    first = settled.first_open([group.urn])
    assert first is not None
    first.set_result(Registered(inner.urn, "i-2", {}))
    assert settled.first_open([group.urn]) is None
    assert call(settled, Functions(), {"a": 1}, "group") == Invoked({"a": 1})


def test_refusals_and_failures_are_handed_on() -> None:
    refusal = Refusal((Problem("a", "no"),))
    assert call(settled_with(), Functions(answer=lambda _: refusal)) == refusal
    ask = InvokeAsk("no:index:find", {})
    failure = call_function(ask, settled=settled_with(), providers=Functions())
    assert failure == Failure("no such package")


def test_a_package_without_functions_is_named() -> None:
    failure = call(settled_with(), NoFunctions())
    assert isinstance(failure, Failure)
    assert "functions of test" in failure.message


def test_a_reference_becomes_its_resource_again() -> None:
    settled = settled_with((a_registration("head"), there()))
    ask = InvokeAsk(GET_RESOURCE, {"urn": str(a_urn("head"))})
    answer = call_function(ask, settled=settled, providers=NoFunctions())
    assert answer == Invoked({"urn": a_urn("head"), "id": "i-1", "state": {"size": 4}})
    other = InvokeAsk(GET_RESOURCE, {"urn": "urn:x"})
    unheard = call_function(other, settled=settled, providers=NoFunctions())
    assert unheard == Failure("unknown resource urn:x")


class Busy:
    """Counts who is at work, and keeps what ended the run."""

    def __init__(self) -> None:
        self.at_work = 0
        self.crashes: list[BaseException | None] = []

    def began(self) -> None:
        self.at_work += 1

    def ended(self) -> None:
        self.at_work -= 1

    def crashed(self, error: BaseException | None) -> None:
        self.crashes.append(error)


def test_a_function_that_cannot_be_handled_is_answered_and_ends_the_run() -> None:
    # given
    error, busy = ZeroDivisionError("a mistake of ours"), Busy()

    def break_down(_: InvokeAsk) -> Invoked:
        raise error

    providers = Functions(answer=break_down)
    serving = Serving(providers, STACK, lambda _: Future(), provider_of=lambda _: "")

    # when
    with ThreadPoolExecutor(1) as pool:
        asked = invoking.Functions(providers, serving, Settled(), busy=busy, pool=pool)
        answer = asked.invoke(InvokeAsk("test:index:find", {"a": 1}, provider="p::1"))

    # then
    assert answer.result(10) == Failure("it could not be called")
    assert (busy.crashes, busy.at_work) == ([error], 0)
