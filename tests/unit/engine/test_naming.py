"""The name that a rule makes of an object and its seed."""

import re

import pytest

from cloudmesh_iac.core.naming import Naming, NamingMode, NamingRule, NamingRules
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.naming import naming_of
from tests.builders import a_urn

HEAD = a_urn("head")
SEEDS = tuple(f"{number:064x}" for number in range(20))


def named(pattern: str, seed: str = SEEDS[0]) -> Naming:
    found = naming_of(NamingRule(NamingMode.PROPOSE, pattern), HEAD, seed)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("${name}-${hex(7)}", r"head-[0-9a-f]{7}"),
        ("${alphanum(40)}", r"[a-z0-9]{40}"),
        ("x${string(9)}y", r"x[a-z]{9}y"),
        ("${num(3)}${num(4)}", r"[0-9]{7}"),
        ("${name}/${uuid}", r"head/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
)
def test_random_parts_have_their_form_and_follow_the_seed(pattern: str, form: str) -> None:
    made = [named(pattern, seed) for seed in SEEDS]

    assert all(re.fullmatch(form, one.name) for one in made)
    assert len({one.name for one in made}) == len(SEEDS)
    assert made == [named(pattern, seed) for seed in SEEDS]
    assert all(one.is_unique for one in made)


def test_every_character_of_an_alphabet_comes() -> None:
    assert set(named("${num(300)}").name) == set("0123456789")
    assert len(set(named("${alphanum(2000)}").name)) == 36


def test_two_random_parts_are_not_the_same() -> None:
    first, second = named("${hex(8)} ${hex(8)}").name.split()
    assert first != second


@pytest.mark.parametrize("pattern", ["${name}", "lab-${name}", "lab", "${hex(x)}", "${other}"])
def test_a_name_without_random_parts_is_that_of_every_object(pattern: str) -> None:
    made = {named(pattern, seed) for seed in SEEDS}

    assert [one.name for one in made] == [pattern.replace("${name}", "head")]
    assert not any(one.is_unique for one in made)


def test_the_mode_and_what_is_expected_are_passed_on() -> None:
    rule = NamingRule(NamingMode.DISABLED, is_expected=True)
    assert naming_of(rule, HEAD, "") == Naming(NamingMode.DISABLED, is_expected=True)


def test_without_a_rule_the_provider_is_told_nothing() -> None:
    assert naming_of(None, HEAD, SEEDS[0]) is None


def test_the_narrowest_rule_holds_also_when_it_leaves_the_name_to_the_provider() -> None:
    # given
    wide, its = NamingRule(NamingMode.PROPOSE, "wide"), NamingRule(NamingMode.ENFORCE, "its")
    rules = NamingRules(wide, {"aws": its, "gcp": None}, {ResourceType("aws:s3:Bucket"): None})

    # then
    assert rules.of(ResourceType("aws:s3:Bucket")) is None
    assert rules.of(ResourceType("aws:ec2:Instance")) == its
    assert rules.of(ResourceType("gcp:x:Y")) is None
    assert rules.of(ResourceType("pulumi:providers:aws")) == wide
    assert NamingRules().of(ResourceType("aws:ec2:Instance")) is None
