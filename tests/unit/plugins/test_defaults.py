"""What a default provider is configured with."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.plugins.defaults import Defaults, StackValues


def defaults(**values: str) -> Defaults:
    """Return the defaults of a stack; `a__b` is the setting `a:b`."""
    found = {key.replace("__", ":").replace("_", "-"): text for key, text in values.items()}
    return Defaults(lambda: StackValues(found))


def test_a_default_provider_has_the_settings_of_its_package() -> None:
    assert defaults(test__region="e", testing__region="w")("test") == {"region": "e"}
    assert defaults()("test") == {}


def test_secret_settings_are_secret_and_hidden_ones_not_known() -> None:
    # given
    values = {"test:token": "x", "test:key": "y"}
    settings = StackValues(values, secret={"test:token", "test:key"}, hidden={"test:key"})

    # then
    expected: Properties = {"token": Secret("x"), "key": Secret(UNKNOWN)}
    assert Defaults(lambda: settings)("test") == expected


@pytest.mark.parametrize("package", ["pulumi", "pulumi-python", "cmx"])
def test_what_we_serve_ourselves_needs_no_provider(package: str) -> None:
    assert defaults()(package) is None


@pytest.mark.parametrize("text", ["*", '["*"]', '["other", " test "]'])
def test_default_providers_may_be_switched_off(text: str) -> None:
    # when
    answer = defaults(pulumi__disable_default_providers=text)("test")

    # then
    assert isinstance(answer, Failure)
    assert "is switched off" in answer.message
    assert answer.hint


@pytest.mark.parametrize("text", ["", "[]", '["other"]'])
def test_others_may_be_switched_off(text: str) -> None:
    assert defaults(pulumi__disable_default_providers=text)("test") == {}


@pytest.mark.parametrize("text", ["test", "{}", "[1]"])
def test_what_is_no_list_of_packages_is_refused(text: str) -> None:
    # when
    answer = defaults(pulumi__disable_default_providers=text)("test")

    # then
    assert isinstance(answer, Failure)
    assert "is no list of packages" in answer.message
