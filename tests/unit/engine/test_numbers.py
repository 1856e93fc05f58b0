"""Numbers of things among their kind."""

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.urns import CHOICE_TYPE, ResourceType, Urn
from cloudmesh_iac.engine.numbers import Numbers, counted, counter
from tests.builders import STACK, a_record, a_urn

VM, NETWORK = a_urn(type_="cmx:index:VM"), a_urn(type_="cmx:index:Network")


def a_choice(name: str, parent: Urn = VM) -> Urn:
    return a_urn(name, type_=CHOICE_TYPE, parent=parent)


def test_each_kind_is_counted_on_its_own_and_from_where_it_stopped() -> None:
    # given
    numbers = Numbers({counter(a_choice("any")): 4})

    # when
    for urn in (a_choice("a"), a_choice("net", NETWORK), a_choice("b"), a_choice("a")):
        numbers.take(urn, None)

    # then
    given = [numbers.of(a_choice(name)) for name in ("a", "b")]
    assert given == [5, 6]
    assert numbers.of(a_choice("net", NETWORK)) == 1


def test_what_has_a_number_keeps_it() -> None:
    numbers = Numbers({})
    numbers.take(a_choice("a"), {"number": 3.0})
    assert numbers.of(a_choice("a")) == 3


def test_a_run_gives_the_numbers_that_were_approved_whatever_comes_first() -> None:
    # given
    changes = tuple(
        Change(
            a_choice(name),
            CHOICE_TYPE,
            Action.CREATE,
            inputs={"number": number},
        )
        for name, number in (("a", 1), ("b", 2))
    )
    numbers = Numbers({}, Plan(STACK, 0, changes))

    # when
    for name in ("new", "b", "a"):
        numbers.take(a_choice(name), None)

    # then
    assert [numbers.of(a_choice(name)) for name in ("a", "b", "new")] == [1, 2, 3]


def test_only_what_is_numbered_is_counted_in_the_state() -> None:
    choice = a_record("a", type_=CHOICE_TYPE, inputs={"number": 7}, parent=VM)
    other = a_record("a", type_=ResourceType("cmx:index:Thing"), inputs={"number": 7})
    [entry] = counted(Intent(choice.urn, Op.CREATE, 1, choice))
    assert (entry.urn, entry.number) == (counter(choice.urn), 7)
    assert counted(Intent(other.urn, Op.CREATE, 1, other)) == ()
