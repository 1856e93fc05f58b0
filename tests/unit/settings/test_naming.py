"""The setting `pulumi:autonaming`."""

import json
from typing import Any

import pytest

from cloudmesh_iac.core.naming import NamingMode, NamingRule, NamingRules
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.naming import KEY, naming_rules
from tests.builders import STACK

VALUES = {"lab:team": "blue", "lab:token": "hunter2"}
BUCKET = "aws:s3/bucket:Bucket"


def rules(section: Any, *, unreadable: tuple[str, ...] = ()) -> NamingRules:
    text = section if isinstance(section, str) else json.dumps(section)
    return naming_rules({**VALUES, KEY: text}, STACK, unreadable=unreadable)


def refused(section: Any, *, unreadable: tuple[str, ...] = ()) -> str:
    with pytest.raises(UsageProblem) as refusal:
        rules(section, unreadable=unreadable)
    assert "docs/settings.md" in (refusal.value.hint or "")
    return str(refusal.value)


def test_without_the_setting_there_are_no_rules() -> None:
    assert naming_rules(VALUES, STACK) == NamingRules()


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ({"mode": "default"}, None),
        ({"mode": "verbatim"}, NamingRule(NamingMode.ENFORCE, "${name}")),
        ({"mode": "disabled"}, NamingRule(NamingMode.DISABLED)),
        ({"pattern": "a"}, NamingRule(NamingMode.PROPOSE, "a")),
        ({"pattern": "a", "enforce": False}, NamingRule(NamingMode.PROPOSE, "a")),
        (
            {"pattern": "a", "enforce": True},
            NamingRule(NamingMode.ENFORCE, "a", is_expected=True),
        ),
    ],
)
def test_an_entry_is_a_mode_or_a_pattern(entry: dict[str, Any], rule: NamingRule | None) -> None:
    assert rules(entry) == NamingRules(rule)


def test_packages_and_types_have_rules_of_their_own_which_somebody_counts_on() -> None:
    found = rules(
        {
            "pattern": "a",
            "providers": {
                "aws": {"mode": "verbatim", "resources": {BUCKET: {"mode": "default"}}},
                "gcp": {"resources": {"gcp:x:Y": {"pattern": "b"}}},
            },
        }
    )

    assert found == NamingRules(
        NamingRule(NamingMode.PROPOSE, "a"),
        {
            "aws": NamingRule(NamingMode.ENFORCE, "${name}", is_expected=True),
            "gcp": NamingRule(NamingMode.PROPOSE, "a", is_expected=True),
        },
        {
            ResourceType(BUCKET): None,
            ResourceType("gcp:x:Y"): NamingRule(NamingMode.PROPOSE, "b", is_expected=True),
        },
    )


def test_a_pattern_may_name_the_stack_and_its_settings() -> None:
    found = rules({"pattern": "${organization}.${project}.${stack}.${config.team}-${name}"})
    assert found.default is not None
    assert found.default.pattern == "organization.lab.hello.blue-${name}"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    words = refused(
        {
            "mode": "verbatim",
            "pattern": "x",
            "providers": {
                "aws": {"enforce": True, "resources": {"gcp:x:Y": {}}},
                "gcp": {"pattern": "${config.nothing}"},
            },
        }
    ).splitlines()

    assert words == [
        f"{KEY}: `mode` does not go with `pattern` and `enforce`: leave one of them out",
        f"{KEY}: providers.aws: `enforce` needs a `pattern`",
        f"{KEY}: providers.aws.resources.gcp:x:Y: say a `mode` or a `pattern`",
        f"{KEY}: providers.aws.resources.gcp:x:Y: this type is of the package gcp",
        f"{KEY}: providers.gcp: the stack has no setting nothing: `cmx config set nothing VALUE`",
    ]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("verbatim", "is no map of rules"),
        ("[]", "pulumi:autonaming"),
        ({"modus": "verbatim"}, "modus: Extra inputs"),
        ({"mode": "silent"}, "mode: Input should be 'default', 'verbatim' or 'disabled'"),
        ({"providers": {"aws": {"pattern": 1}}}, "providers.aws.pattern: "),
    ],
)
def test_what_is_no_rule_is_named(section: Any, words: str) -> None:
    assert words in refused(section)


def test_what_cannot_be_read_without_a_passphrase_is_named() -> None:
    assert "is encrypted" in refused({"mode": "default"}, unreadable=(KEY,))
    pattern = {"pattern": "${config.token}"}
    assert "the setting token is encrypted" in refused(pattern, unreadable=("lab:token",))
