"""Packages of types, and references to provider resources."""

import pytest

from cloudmesh_iac.core.packages import (
    Package,
    ProviderReference,
    is_provider_type,
    package_of,
    parse_reference,
    provider_type,
)
from cloudmesh_iac.core.urns import Urn

PROVIDER = Urn("urn:pulumi:dev::lab::pulumi:providers:openstack::east")


@pytest.mark.parametrize(
    ("token", "package"),
    [
        ("openstack:compute/instance:Instance", "openstack"),
        ("openstack:compute/getFlavor:getFlavor", "openstack"),
        ("pulumi:providers:openstack", "openstack"),
        ("pulumi-python:dynamic/slurm:Job", "pulumi-python"),
        ("pulumi:pulumi:StackReference", "pulumi"),
    ],
)
def test_a_token_begins_with_its_package(token: str, package: str) -> None:
    assert package_of(token) == package


def test_the_type_of_a_provider_names_its_package() -> None:
    assert provider_type("openstack") == "pulumi:providers:openstack"
    assert is_provider_type(provider_type("openstack"))


def test_a_reference_is_read_as_it_is_written() -> None:
    reference = ProviderReference(PROVIDER, "4a2b")

    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    "text", ["", "east", str(PROVIDER), "urn:pulumi:dev::lab::openstack:a:B::east::4a2b"]
)
def test_what_is_no_provider_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="is not a reference"):
        parse_reference(text)


def test_a_package_says_its_version_if_it_has_one() -> None:
    assert str(Package("openstack")) == "openstack"
    assert str(Package("openstack", "5.5.0")) == "openstack 5.5.0"
