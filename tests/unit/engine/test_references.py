"""What records stand on when some of them have gone."""

from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.engine.references import repaired
from tests.builders import a_record, a_urn

NET, DISK = a_urn("net"), a_urn("disk")


def a_head(*, doomed: bool = False) -> Record:
    return replace(
        a_record("head"),
        doomed=doomed,
        dependencies=(NET, DISK),
        property_dependencies={"network": (NET,), "disk": (DISK,)},
        options=Options(deleted_with=NET, replace_with=(NET, DISK)),
    )


def test_a_record_loses_only_the_references_to_what_has_gone() -> None:
    [_, head] = repaired([a_record("net"), a_head()])

    assert head.dependencies == (NET,)
    assert head.property_dependencies == {"network": (NET,)}
    assert head.options.replace_with == (NET,)
    assert head.options.deleted_with == NET


def test_what_is_deleted_together_with_something_that_has_gone_is_deleted_by_itself() -> None:
    [_, head] = repaired([a_record("disk"), a_head()])

    assert head.options.deleted_with is None


def test_what_is_still_to_be_deleted_may_stand_on_another_that_is() -> None:
    # given
    doomed = [replace(a_record(name), doomed=True) for name in ("net", "disk")]

    # when
    [*_, head] = repaired([*doomed, a_head(doomed=True)])

    # then
    assert head == a_head(doomed=True)


def test_what_lives_does_not_stand_on_what_is_still_to_be_deleted() -> None:
    # given
    doomed = [replace(a_record(name), doomed=True) for name in ("net", "disk")]

    # when
    [*_, head] = repaired([*doomed, a_head()])

    # then
    assert head.dependencies == ()
    assert head.options == Options()
