"""Who goes before an object that makes room."""

from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import UNKNOWN
from cloudmesh_iac.engine.asks import DiffAsk, Difference, Problem, Refusal
from cloudmesh_iac.engine.cascade import Goer, find_cascade
from cloudmesh_iac.engine.users import Users
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


def cascade(
    records: list[Record], diff: Asked, stays: frozenset[str] = frozenset()
) -> tuple[Goer, ...] | Refusal | Failure:
    kept = frozenset(a_urn(name) for name in stays)
    return find_cascade(
        a_urn("root"), Users(records), diff=diff, is_free=lambda _: True, stays=kept
    )


def found(records: list[Record], diff: Asked, stays: frozenset[str] = frozenset()) -> list[str]:
    answer = cascade(records, diff, stays)
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
    answer = cascade(records, Asked())

    # then
    assert answer == Refusal(
        (Problem("b", "it is protected and would be deleted, to make room for a replacement"),)
    )


def test_a_provider_that_does_not_answer_decides_it() -> None:
    failure = Failure("no answer")
    diff = Asked({"b": failure})
    assert cascade([a_user("b", "root")], diff) is failure


def test_what_is_not_free_does_not_go_and_leads_to_nothing() -> None:
    # given
    records = [a_user("b", "root"), a_user("c", "b"), a_user("d", "root")]
    twin = replace(a_record("twin"), options=Options(replace_with=(a_urn("root"),)))

    # when
    answer = find_cascade(
        a_urn("root"),
        Users([*records, twin]),
        diff=Asked(),
        is_free=lambda urn: name_of(urn) not in {"b", "twin"},
    )

    # then
    assert isinstance(answer, tuple)
    assert [name_of(one.record.urn) for one in answer] == ["d"]
