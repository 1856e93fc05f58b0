"""Secrets that were seen are hidden in what is said."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import Failure, JobState, SiteName, Waiting
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import FailedChange, JobSeen, Left, Remark, RunOutcome
from cloudmesh_iac.core.registrations import Registered, Sought
from cloudmesh_iac.core.values import OutputValue, Secret, Value
from cloudmesh_iac.engine.asks import InvokeAsk, Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.hooking import ResourceHook
from cloudmesh_iac.engine.masks import LearningRegistrar, MaskedEvents, Masks
from cloudmesh_iac.errors import ExperimentError, ProgramFailed
from tests.builders import STACK, a_registration, a_ticket, a_urn
from tests.unit.program.test_conversation import ListeningRegistrar

URN = a_urn()


@pytest.fixture
def masks() -> Masks:
    masks = Masks()
    masks.learn({"open": "seen", "token": Secret("canary")})
    return masks


@pytest.mark.parametrize(
    ("secret", "said", "shown"),
    [
        (Secret("hunter2"), "it is hunter2, hunter2!", "it is [secret], [secret]!"),
        (Secret({"a": ("hunter2", 5)}), "hunter2 and 5", "[secret] and 5"),
        (OutputValue("hunter2", is_secret=True, dependencies=()), "hunter2", "[secret]"),
        (OutputValue("hunter2", is_secret=False, dependencies=()), "hunter2", "hunter2"),
        ((Secret("hunter2"), Secret("hunter22")), "hunter22", "[secret]"),
        (Secret(471147), "PIN 471147", "PIN [secret]"),
        (Secret(4711), "port 4711", "port 4711"),
        (Secret("ab"), "ab", "ab"),
        (Secret("true"), "true", "true"),
        (Secret('a"\nü'), r"json: a\"\n\u00fc", "json: [secret]"),
        (Secret('a"\nü'), r"json: a\"\nü", "json: [secret]"),
        (Secret("a'\nü"), repr("a'\nü"), '"[secret]"'),
        (Secret("first line\n  second line\nx"), "second line, x", "[secret], x"),
        (Secret("first line\nsecond line"), "it says second line", "it says [secret]"),
    ],
)
def test_a_secret_is_hidden_however_it_is_quoted(secret: Value, said: str, shown: str) -> None:
    masks = Masks()
    masks.learn({"deep": (secret,)})
    assert masks.hide(said) == shown


def test_what_is_not_secret_is_said(masks: Masks) -> None:
    assert masks.hide("seen by canary") == "seen by [secret]"
    masks.learn({"again": Secret("canary")})
    assert masks.hide("nothing") == "nothing"


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (LogLine("a canary"), LogLine("a [secret]")),
        (Noticed("a canary"), Noticed("a [secret]")),
        (
            ChangeFailed(URN, Action.CREATE, "canary", "canary"),
            ChangeFailed(URN, Action.CREATE, "[secret]", "[secret]"),
        ),
        (
            ChangeDone(URN, Action.CREATE, note="canary"),
            ChangeDone(URN, Action.CREATE, note="[secret]"),
        ),
        (
            ChangeWaits(URN, a_ticket(), Waiting(JobState.QUEUED, "canary")),
            ChangeWaits(URN, a_ticket(), Waiting(JobState.QUEUED, "[secret]")),
        ),
        (ChangeStarted(URN, Action.CREATE), ChangeStarted(URN, Action.CREATE)),
        (ChangeSkipped(URN, URN), ChangeSkipped(URN, URN)),
    ],
)
def test_events_are_told_without_secrets(masks: Masks, *, event: Event, shown: Event) -> None:
    # given
    told: list[Event] = []

    class Heard:
        def tell(self, event: Event) -> None:
            told.append(event)

    # when
    MaskedEvents(Heard(), masks).tell(event)

    # then
    assert told == [shown]


def test_an_outcome_quotes_no_secret(masks: Masks) -> None:
    # given
    site = SiteName("local")
    outcome = RunOutcome(
        STACK,
        UpdateKind.UP,
        failed=(FailedChange(URN, "canary", "canary"),),
        waiting=(JobSeen(URN, site, "1", JobState.QUEUED, reason="canary"),),
        left=(Left(site, "canary"),),
        remarks=(Remark(URN, "canary"),),
    )

    # then
    assert "canary" not in repr(masks.in_outcome(outcome))


def test_an_error_stays_what_it_is_and_quotes_no_secret(masks: Masks) -> None:
    # when
    error = ExperimentError("a canary", hint="no canary")
    failed = ProgramFailed("a canary", traceback="at canary")
    masks.in_error(error)
    masks.in_error(failed)

    # then
    assert isinstance(error, ExperimentError)
    assert (error.message, str(error), error.hint) == ("a [secret]", "a [secret]", "no [secret]")
    assert isinstance(failed, ProgramFailed)
    assert (failed.traceback, failed.hint) == ("at [secret]", None)


class CalledRegistrar(ListeningRegistrar):
    """One whose program calls methods, too."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[Future[Called | Refusal | Failure]] = []

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        del ask
        self.called.append(Future())
        return self.called[-1]


def test_what_a_program_says_and_is_told_is_learned(masks: Masks) -> None:
    # given
    inner = CalledRegistrar()
    registrar = LearningRegistrar(inner, masks)
    registration = replace(a_registration(), inputs={"a": Secret("input-secret")})
    hook = ResourceHook("hook", lambda _: None)

    # when
    answer = registrar.register(registration)
    inner.answers[0].set_result(Registered(URN, "1", {"b": Secret("output-secret")}))
    failed = registrar.register(registration)
    inner.answers[1].set_exception(ExperimentError("no"))
    registrar.register(registration).cancel()
    registrar.set_outputs(URN, {"c": Secret("exported-secret")})
    asked = registrar.invoke(InvokeAsk("p:m:f", {"d": Secret("argument-secret")}))
    caller = Caller("lab", "hello", "", is_preview=True)
    called = registrar.call(CallAsk("p:m:T/f", {"e": Secret("called-secret")}, caller))
    inner.called[0].set_result(Called({"f": Secret("returned-secret")}))
    registrar.call(CallAsk("p:m:T/f", {}, caller))
    registrar.call(CallAsk("p:m:T/f", {}, caller)).cancel()
    inner.called[1].set_result(Failure("no"))
    sought = registrar.exists(Sought(a_registration().type, "1", {}))
    registrar.add_hook(hook)
    registrar.grew_quiet()
    registrar.finish(None)

    # then
    for kind in ("input", "output", "exported", "argument", "called", "returned"):
        assert masks.hide(f"{kind}-secret") == "[secret]"
    assert answer.result().id == "1"
    assert failed is inner.answers[1]
    assert called is inner.called[0]
    assert (asked, sought) == (inner.returns[0], inner.found[0])
    assert inner.hooks == [hook]
    assert inner.quiet.is_set()
    assert inner.finished.is_set()
