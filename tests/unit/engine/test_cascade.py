"""Who goes before an object that makes room."""

from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import UNKNOWN
from cloudmesh_iac.engine.asks import DiffAsk, Difference, Problem, Refusal
from cloudmesh_iac.engine.cascade import find_cascade, users_of
from tests.builders import a_record, a_urn


def a_user(
    name: str, *sources: str, key: str = "image", options: Options | None = None, order: int = 0
) -> Record:
    """Return a record whose input `key` comes from these sources."""
    urns = tuple(map(a_urn, sources))
    record = a_record(name, inputs={key: "x", "size": 1}, dependencies=urns, order=order)
    return replace(record, property_dependencies={key: urns}, options=options or Options())


class Asked:
    """A provider for which a new `image` needs a new object."""

    def __init__(self, failures: Mapping[str, Failure] | None = None) -> None:
        self.asks: list[DiffAsk] = []
        self._failures = failures or {}

    def __call__(self, ask: DiffAsk) -> Difference | Failure:
        self.asks.append(ask)
        replaces = ("image",) if ask.news.get("image") is UNKNOWN else ()
        return self._failures.get(name_of(ask.urn)) or Difference(None, ("image",), replaces)


def found(records: list[Record], diff: Asked, stays: frozenset[str] = frozenset()) -> list[str]:
    answer = find_cascade(
        a_urn("root"), records, diff=diff, stays=frozenset(a_urn(name) for name in stays)
    )
    assert isinstance(answer, tuple)
    return [name_of(one.record.urn) for one in answer]


def test_each_provider_is_asked_with_what_goes_unknown() -> None:
    # given
    asked = Asked()
    records = [a_user("b", "root"), a_user("c", "b"), a_user("d", "c", key="at")]

    # when
    going = found(records, asked)

    # then
    assert going == ["c", "b"]
    assert [(name_of(ask.urn), dict(ask.news)) for ask in asked.asks] == [
        ("b", {"image": UNKNOWN, "size": 1}),
        ("c", {"image": UNKNOWN, "size": 1}),
        ("d", {"at": UNKNOWN, "size": 1}),
    ]


def test_plain_dependencies_components_and_gone_inputs_are_not_asked_for() -> None:
    # given
    asked = Asked()
    plain = a_record("plain", inputs={"size": 1}, dependencies=(a_urn("root"),))
    component = replace(a_user("group", "root"), custom=False)
    gone = replace(a_user("gone", "root"), inputs={"size": 1})

    # when
    going = found([plain, component, gone, a_user("other", "elsewhere")], asked)

    # then
    assert going == []
    assert asked.asks == []


def test_what_stays_is_asked_for_and_does_not_go() -> None:
    # given
    asked = Asked()
    twin = a_record("twin")
    companion = replace(twin, options=Options(replace_with=(a_urn("root"),)))

    # when
    going = found([a_user("b", "root"), companion], asked, stays=frozenset({"b", "twin"}))

    # then
    assert going == []
    assert len(asked.asks) == 1


def test_companions_go_without_a_question_unless_they_are_components() -> None:
    # given
    options = Options(replace_with=(a_urn("root"),))
    records = [
        replace(a_record("twin"), options=options),
        replace(a_record("group", custom=False), options=options),
    ]

    # then
    assert found(records, Asked()) == ["twin"]


def test_a_protected_one_refuses_it_all() -> None:
    # given
    records = [replace(a_user("b", "root"), protect=True)]

    # when
    answer = find_cascade(a_urn("root"), records, diff=Asked())

    # then
    assert answer == Refusal(
        (Problem("b", "it is protected and would be deleted, to make room for a replacement"),)
    )


def test_a_provider_that_does_not_answer_decides_it() -> None:
    failure = Failure("no answer")
    diff = Asked({"b": failure})
    assert find_cascade(a_urn("root"), [a_user("b", "root")], diff=diff) is failure


def test_users_come_after_all_that_they_stand_on_and_else_in_their_order() -> None:
    # given: the oldest one has come to stand on younger ones
    records = [
        a_user("old", "young", "root", order=1),
        a_user("young", "middle", order=4),
        a_user("middle", "root", order=3),
        replace(a_record("guest", order=2), options=Options(deleted_with=a_urn("root"))),
        a_record("child", parent=a_urn("root"), order=5),
    ]

    # then
    users = [name_of(one.urn) for one in users_of(a_urn("root"), records)]
    assert users == ["guest", "middle", "young", "old"]
