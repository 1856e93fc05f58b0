"""What makes a job the run that it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.providers.batch.identity import (
    IDENTITY_KEYS,
    LIMIT_KEYS,
    REPLACING_KEYS,
    SILENT_KEYS,
    digest_of,
    rendered_command,
    whole,
)

WHOLE: dict[str, Any] = {
    "command": "ior -t {0} -o {1}:/scratch",
    "arguments": {"0": "1m"},
    "parameters": {"xfer": "1m", "nodes": 4, "ratio": 0.5, "quick": True},
    "inputs": {"run.py": "0f" * 32},
    "nodes": 4,
    "ntasks_per_node": 16,
    "cpus_per_task": 1,
    "modules": ["gcc", "openmpi"],
    "environment": {"OMP_NUM_THREADS": "4", "NAME": "Grüße"},
}


def test_the_digests_of_known_jobs_never_change() -> None:
    # Directories on sites are named after them: another digest would run everything again.
    assert digest_of({"command": "true"}, 0) == "13c76770415cddd7"
    assert digest_of({"command": "true"}, 2) == "ddf2e0a6ef6eaadf"
    assert digest_of(WHOLE, 0) == "132c45c5de6d1dcd"


@pytest.mark.parametrize("key", IDENTITY_KEYS)
def test_everything_that_decides_the_run_is_in_the_digest(key: str) -> None:
    other = {**WHOLE, key: "another"}
    assert digest_of(other, 0) != digest_of(WHOLE, 0)


@pytest.mark.parametrize(
    "key", [*LIMIT_KEYS, *SILENT_KEYS, "note", "site", "project", "stack", "point"]
)
def test_limits_and_places_are_not_in_the_digest(key: str) -> None:
    assert digest_of({**WHOLE, key: "whatever"}, 0) == digest_of(WHOLE, 0)


def test_a_rerun_is_another_run_of_the_same_work() -> None:
    assert len({digest_of(WHOLE, run) for run in range(4)}) == 4
    assert digest_of({**WHOLE, "run": 3}, 0) == digest_of(WHOLE, 0)


def test_what_is_not_given_and_what_is_empty_are_the_same() -> None:
    empty: dict[str, Any] = {"command": "true", "modules": [], "environment": {}, "arguments": None}
    assert digest_of(empty, 0) == digest_of({"command": "true"}, 0)


def test_numbers_are_the_same_under_both_engines() -> None:
    # Under Pulumi's own host every number is a double, and lists are lists.
    doubles = {
        **WHOLE,
        "nodes": 4.0,
        "ntasks_per_node": 16.0,
        "cpus_per_task": 1.0,
        "parameters": {"xfer": "1m", "nodes": 4.0, "ratio": 0.5, "quick": True},
        "modules": ("gcc", "openmpi"),
    }
    assert digest_of(doubles, 0) == digest_of(WHOLE, 0)
    assert whole({"a": [1.0, 1.5, (2.0,)], "b": True}) == {"a": [1, 1.5, [2]], "b": True}


@given(st.permutations(list(WHOLE)))
def test_the_order_of_keys_does_not_matter(keys: list[str]) -> None:
    assert digest_of({key: WHOLE[key] for key in keys}, 0) == digest_of(WHOLE, 0)


def test_no_key_has_two_meanings() -> None:
    groups = [set(REPLACING_KEYS), set(LIMIT_KEYS), set(SILENT_KEYS)]
    assert sum(map(len, groups)) == len(set.union(*groups))


@pytest.mark.parametrize(
    ("props", "command"),
    [
        ({"command": "awk '{print $1}'"}, "awk '{print $1}'"),
        ({"command": "{0} {1}", "arguments": {"0": "a"}, "placement": {"1": "node7"}}, "a node7"),
        ({"command": "{0}", "placement": {"0": "srun ./x {y}"}}, "srun ./x {y}"),
        ({"command": "awk '{{print ${0}}}'", "arguments": {"0": "2"}}, "awk '{print $2}'"),
        ({"command": "-n {0}", "placement": {"0": 4.0}}, "-n 4"),
        (
            {
                "command": "".join(f"{{{n}}}" for n in range(12)),
                "arguments": {str(n): str(n) for n in range(11, -1, -1)},
            },
            "01234567891011",
        ),
        ({"command": "true", "arguments": None, "placement": {}}, "true"),
    ],
)
def test_a_command_is_rendered_with_its_values(props: dict[str, Any], command: str) -> None:
    assert rendered_command(props) == command
