"""What a job says of its own progress."""

from pathlib import Path

import pytest

from cloudmesh_iac.providers.batch.progress import parse_progress, read_progress


@pytest.mark.parametrize(
    ("log", "percent"),
    [
        ("", None),
        ("all is well\n", None),
        (
            "# cloudmesh status=running progress=1 pid=7\nwork\n"
            "# cloudmesh status=running progress=50 pid=7\n",
            50,
        ),
        ("# cloudmesh status=done progress=100 pid=7\n", 100),
        ("# cloudmesh progress=20 msg=half of the way progress=90\n", 20),
        ("# cloudmesh status=running progress=101\n", None),
        ("# cloudmesh status=running progress=much\n", None),
        ("echo # cloudmesh status=running progress=50\n", None),
        ("#CLOUDMESH: status, start, 2026-11-30\n", 0),
        ("#CLOUDMESH: status, start, today\n# cloudmesh status=x progress=30\n", 30),
        ("# cloudmesh status=x progress=30\n#CLOUDMESH: status, finished, today\n", 100),
    ],
)
def test_the_last_line_counts(log: str, percent: int | None) -> None:
    assert parse_progress(log.encode()) == percent


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    # given
    log = tmp_path / "stdout.log"
    log.write_bytes(b"# cloudmesh status=a progress=10\n" + b"x" * 70_000 + b"\n")

    # then
    assert read_progress(log) is None
    log.write_bytes(log.read_bytes() + b"# cloudmesh status=a progress=80\n")
    assert read_progress(log) == 80
    assert read_progress(tmp_path / "none") is None
