"""What the inputs of a provider say about its plugin, in Pulumi's form."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.packages import Package, Parameter, provider_type
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties, Value
from cloudmesh_iac.engine.asks import Problem
from cloudmesh_iac.engine.provider_inputs import (
    as_provider,
    default_name,
    for_plugin,
    package_in,
    with_package,
)
from tests.builders import a_registration

CLOUD = ResourceType("pulumi:providers:cloud")


def test_what_the_options_say_of_a_plugin_stands_in_the_inputs_and_is_read_again() -> None:
    # given
    declared = replace(
        a_registration(options=Options(version="1.2.3", plugin_download_url="https://lab.org")),
        type=CLOUD,
        inputs={"region": "x"},
        env_var_mappings=(("MY_KEY", "KEY"), ("MY_TOKEN", "TOKEN")),
    )

    # when
    inputs = as_provider(declared).inputs

    # then
    assert inputs == {
        "region": "x",
        "version": "1.2.3",
        "__internal": {
            "pluginDownloadURL": "https://lab.org",
            "envVarMappings": {"MY_KEY": "KEY", "MY_TOKEN": "TOKEN"},
        },
    }
    assert package_in(CLOUD, inputs) == Package(
        "cloud", "1.2.3", "https://lab.org", (("KEY", "MY_KEY"), ("TOKEN", "MY_TOKEN"))
    )
    assert for_plugin(inputs) == {"region": "x", "version": "1.2.3"}


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"__internal": 1}, Problem("__internal", "must be a map")),
        ({"version": 1}, Problem("version", "must be a string")),
        ({"version": "1"}, Problem("version", "'1' is not a version like 1.2.3")),
        (
            {"__internal": {"pluginDownloadURL": 1}},
            Problem("pluginDownloadURL", "must be a string"),
        ),
        ({"__internal": {"envVarMappings": 1}}, Problem("envVarMappings", "must be a map")),
    ],
)
def test_what_no_plugin_can_be_found_by_is_a_problem(
    inputs: dict[str, Value], problem: Problem
) -> None:
    assert package_in(CLOUD, inputs) == problem


def test_a_package_with_a_parameter_is_read_as_it_is_written() -> None:
    # given
    package = Package("base", "1.0.0", parameter=Parameter("lab", "2.0.0", b"\x00lab"))

    # when
    inputs = with_package({"region": "x"}, package)

    # then
    assert inputs["version"] == "2.0.0"
    assert package_in(provider_type("lab"), inputs) == package
    assert default_name(package) == "default_2_0_0"


def test_a_parameter_that_cannot_be_read_is_named() -> None:
    spoiled: Properties = {
        "version": "2.0.0",
        "__internal": {"parameterization": "*", "name": "base"},
    }
    found = package_in(provider_type("lab"), spoiled)
    assert isinstance(found, Problem)
    assert found.key == "parameterization"
