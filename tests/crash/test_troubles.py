"""A full disk and a clock that somebody has set lose nothing either."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.agreement import assert_agreed
from tests.crash.project import Order, Project, What
from tests.crash.zygote import End, Zygote
from tests.rigs.starting import is_root

_DAY_S = 86400.0
_DISK_KIB = 2048


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own for the state; only root can mount one."""
    folder = tmp_path / "live" / "state"
    folder.mkdir(parents=True)
    if not is_root():
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_KIB}k", "cmx-test", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("room_kib", [0, 8, 40, 80, 120, 160])
def test_a_run_whose_disk_is_full_is_finished_when_there_is_room(
    zygote: Zygote, small_disk: Path, room_kib: int
) -> None:
    # given
    project = Project(small_disk.parent, "simulated")
    assert zygote.run(project, Order(What.FIRST)) is End.WHOLE
    fill(small_disk, room_kib)

    # when
    end = zygote.run(project, Order(What.SECOND))
    (small_disk / "filler").unlink()
    assert zygote.run(project, Order(What.SECOND)) is End.WHOLE

    # then
    assert end is End.UNUSABLE or room_kib > 80
    assert_agreed(project, What.SECOND)


def fill(folder: Path, room_kib: int) -> None:
    """Leave that much room on a disk."""
    filler = folder / "filler"
    block = bytes(1024)
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(block)
        file.truncate(max(0, file.tell() - room_kib * 1024))


@pytest.mark.parametrize("kind", ["simulated", "local"])
@pytest.mark.parametrize("off_by_s", [_DAY_S, -_DAY_S])
@pytest.mark.parametrize("is_later", [True, False])
def test_a_clock_that_is_a_day_off_loses_nothing(
    zygote: Zygote, tmp_path: Path, kind: str, *, off_by_s: float, is_later: bool
) -> None:
    """It is set before the run that is killed, or after it."""
    # given
    first, then = (0.0, off_by_s) if is_later else (off_by_s, 0.0)

    for number, kill_at in enumerate((8, 14, 20)):
        project = Project(tmp_path / str(number), kind)
        project.folder.mkdir()

        # when
        order = Order(What.FIRST, kill_at=kill_at, clock_off_by_s=first)
        assert zygote.run(project, order) is End.KILLED
        assert zygote.run(project, Order(What.FIRST, clock_off_by_s=then)) is End.WHOLE

        # then
        assert_agreed(project, What.FIRST)
