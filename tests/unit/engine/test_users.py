"""Who stands on what."""

from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.users import Users
from tests.builders import a_record, a_urn


def a_user(name: str, *sources: str, order: int = 0) -> Record:
    return a_record(name, dependencies=tuple(map(a_urn, sources)), order=order)


def test_users_come_after_all_that_they_stand_on_and_else_in_their_order() -> None:
    # given: the oldest one has come to stand on younger ones
    users = Users(
        [
            a_user("old", "young", "root", order=1),
            a_user("young", "middle", order=4),
            a_user("middle", "root", order=3),
            replace(a_record("guest", order=2), options=Options(deleted_with=a_urn("root"))),
            a_record("child", parent=a_urn("root"), order=5),
        ]
    )

    # then
    found = [name_of(one.urn) for one in users.near_and_far(a_urn("root"))]
    assert found == ["guest", "middle", "young", "old"]


def test_what_does_not_count_is_passed_over_and_nothing_else_is_looked_at() -> None:
    # given
    users = Users(
        [
            a_user("near", "root", order=1),
            a_user("behind", "wall", order=2),
            a_user("wall", "root", order=3),
            a_user("elsewhere", "other", order=4),
        ]
    )
    looked_at: list[str] = []

    def counts(record: Record) -> bool:
        looked_at.append(name_of(record.urn))
        return name_of(record.urn) != "wall"

    # when
    found = users.near_and_far(a_urn("root"), counts)

    # then
    assert [name_of(one.urn) for one in found] == ["near"]
    assert looked_at == ["near", "wall"]
