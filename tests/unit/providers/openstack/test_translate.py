"""The configuration of a provider in the words of openstacksdk, and its answers as inputs."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import Found
from cloudmesh_iac.providers.openstack.translate import (
    to_connection,
    to_found,
    to_server_inputs,
    to_time,
)


def test_a_provider_without_configuration_leaves_all_to_the_environment() -> None:
    assert to_connection({"version": "5.5.3"}) == {}


def test_a_cloud_of_clouds_yaml_is_named() -> None:
    assert to_connection({"cloud": "lab", "region": "east"}) == {
        "cloud": "lab",
        "region_name": "east",
    }


def test_an_account_is_put_together() -> None:
    said = to_connection(
        {
            "authUrl": "http://127.0.0.1/v3",
            "userName": "me",
            "password": "hunter2",
            "tenantName": "lab",
            "domainName": "Default",
            "insecure": True,
        }
    )
    assert said == {
        "auth": {
            "auth_url": "http://127.0.0.1/v3",
            "username": "me",
            "password": "hunter2",
            "project_name": "lab",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        "verify": False,
    }


def test_an_application_credential_needs_no_user() -> None:
    said = to_connection(
        {"applicationCredentialId": "an-id", "applicationCredentialSecret": "hunter2"}
    )
    assert said["auth_type"] == "v3applicationcredential"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-30T16:00:00Z", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-11-30T16:00:00", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-11-30T17:00:00+01:00", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_those_of_one_zone(text: str | None, time: datetime | None) -> None:
    assert to_time(text) == time


def test_what_the_create_did_not_say_is_not_compared() -> None:
    # given
    server = SimpleNamespace(
        id="vm-1",
        name="vm",
        image={"id": "i-1"},
        flavor={"original_name": "m3.small"},
        key_name=None,
        metadata={"owner": "me"},
        created_at="2026-11-30T16:00:00Z",
    )

    # when
    found = to_found(
        {"name": "vm", "flavorName": "m3.tiny", "userData": "x"}, server, to_server_inputs(server)
    )

    # then
    assert found == Found(
        "vm-1",
        {"name": "vm", "flavorName": "m3.small", "userData": "x"},
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("tags", "is_it"), [(["b", "a"], True), (["a"], False), ([], False), (["a", "c"], False)]
)
def test_tags_are_compared_without_their_order(tags: list[str], *, is_it: bool) -> None:
    # given
    asked: Properties = {"name": "lab", "tags": ("a", "b")}
    network = SimpleNamespace(id="n-1", name="lab", tags=tags, created_at=None)

    # when
    found = to_found(asked, network, {"name": "lab"})

    # then
    assert (found.inputs == asked) is is_it
