"""A run that is killed at any moment is finished by the next one."""

import random
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crash.agreement import assert_agreed
from tests.crash.project import Order, Project, What
from tests.crash.zygote import End, Zygote
from tests.rigs.slurm.cluster import SlurmCluster

_WHATS = (What.FIRST, What.SECOND, What.DESTROY)


@pytest.mark.parametrize("kind", ["simulated", "local"])
def test_a_run_that_is_killed_at_a_moment_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, kind: str
) -> None:
    kill_at_moments(zygote, tmp_path, kind, how_many=10)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["simulated", "local"])
def test_a_run_that_is_killed_at_one_of_many_moments_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, kind: str
) -> None:
    kill_at_moments(zygote, tmp_path, kind, how_many=100)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_on_slurm_that_is_killed_at_a_moment_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, slurm: SlurmCluster
) -> None:
    kill_at_moments(zygote, tmp_path, "slurm", how_many=20, environment=slurm.environment)


def kill_at_moments(
    zygote: Zygote,
    folder: Path,
    kind: str,
    *,
    how_many: int,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Kill that many runs, and after each of them let the same run come to its end."""
    chance = random.Random(kind)
    lasts_s = dict.fromkeys(_WHATS, 0.5)
    killed = number = 0
    while killed < how_many:
        number += 1
        assert number < 10 * how_many, "most runs end before they are killed"
        project = Project(folder / str(number), kind, environment or {})
        project.folder.mkdir()
        for what in _WHATS:
            after_s = chance.uniform(0.01, lasts_s[what])
            end = zygote.run(project, Order(what, kill_after_s=after_s))
            killed += end is End.KILLED
            began = time.monotonic()
            assert zygote.run(project, Order(what)) is End.WHOLE
            if end is End.KILLED:
                lasts_s[what] = max(0.1, time.monotonic() - began)
            else:
                lasts_s[what] *= 0.8
            assert_agreed(project, what)
