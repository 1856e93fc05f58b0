"""Records find each other when some of them have got new names."""

from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.renaming import with_new_names
from tests.builders import a_record, a_urn

OLD, NEW = a_urn("old"), a_urn("new")


def a_renamed(*, doomed: bool = False) -> Record:
    return replace(a_record("new"), former=(OLD,), doomed=doomed)


def test_every_reference_to_a_former_name_becomes_the_name_of_today() -> None:
    # given
    user = replace(
        a_record("user"),
        parent=OLD,
        dependencies=(OLD, a_urn("other")),
        property_dependencies={"size": (OLD,)},
        options=Options(deleted_with=OLD, replace_with=(OLD,)),
    )

    # when
    _, found = with_new_names([a_renamed(), user])

    # then
    assert found.urn == user.urn
    assert found.parent == NEW
    assert found.dependencies == (NEW, a_urn("other"))
    assert found.property_dependencies == {"size": (NEW,)}
    assert found.options == Options(deleted_with=NEW, replace_with=(NEW,))


def test_a_former_name_that_another_one_has_by_now_is_that_ones() -> None:
    user = replace(a_record("user"), dependencies=(OLD,))
    assert with_new_names([a_record("old"), a_renamed(), user])[2] == user


def test_an_object_that_has_to_go_gives_its_former_names_to_nobody() -> None:
    user = replace(a_record("user"), dependencies=(OLD,))
    assert with_new_names([a_renamed(doomed=True), user])[1] == user
