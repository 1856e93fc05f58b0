"""Words of a person mean resources."""

import pytest

from cloudmesh_iac.core.selection import EVERYTHING, Selection, Words
from cloudmesh_iac.core.urns import Urn

HEAD = Urn("urn:pulumi:hello::lab::cmx:index:Cluster$test:index:Disk::lab/head")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("lab/head", True),
        ("head", False),
        ("lab/*", True),
        ("*", True),
        ("**", True),
        ("lab/h", False),
        (str(HEAD), True),
        ("urn:pulumi:*::lab::**::lab/head", True),
        ("urn:pulumi:*::lab/head", False),
        ("**:Disk::*", True),
        ("**:Job::*", False),
        ("lab.head", False),
    ],
)
def test_a_word_is_a_name_a_urn_or_a_pattern(word: str, *, expected: bool) -> None:
    assert Words([word]).name(HEAD) is expected


def test_a_name_that_means_nothing_is_unmet_and_a_pattern_may_mean_nothing() -> None:
    assert Words(["lab/head", "haed", "x*"]).unmet([HEAD]) == ("haed",)


def test_only_targets_and_excluded_ones_limit_a_run() -> None:
    assert not EVERYTHING.is_limited
    assert not Selection(replaces=("a",)).is_limited
    assert Selection(targets=("a",)).is_limited
    assert Selection(excludes=("a",)).is_limited
