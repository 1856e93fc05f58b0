from pathlib import Path

import pytest

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.files import fetch, matching_names, prepare
from tests.unit.providers.batch.requests import a_request


def texts(folder: Path) -> dict[str, str]:
    """Return all files below a folder by their relative names."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_directory_holds_inputs_command_and_script(tmp_path: Path) -> None:
    # given
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    inputs = {"in": str(tmp_path / "data"), "b/c.csv": str(tmp_path / "data" / "a.csv")}

    # when
    prepare(
        tmp_path / "job",
        a_request(command="echo 'ä'\n", input_files=inputs),
        script="#!/bin/bash\n",
    )

    # then
    assert texts(tmp_path / "job") == {
        "b/c.csv": "1",
        "command.sh": "echo 'ä'\n",
        "in/a.csv": "1",
        "job.sh": "#!/bin/bash\n",
    }


def test_an_earlier_attempt_is_cleared_away_but_what_it_wrote_stays(tmp_path: Path) -> None:
    # given
    for name in ("exit", "manifest.json", "state.json", "stdout.log", "stderr.log", "pi.json"):
        (tmp_path / name).write_text("old")

    # when
    prepare(tmp_path, a_request(), script="", own=frozenset({"state.json"}))

    # then
    assert texts(tmp_path) == {
        "command.sh": "true",
        "job.sh": "",
        "pi.json": "old",
        "stderr.log.1": "old",
        "stdout.log.1": "old",
    }


@pytest.mark.parametrize("name", ["exit", "job.sh", "./command.sh", "state.json", "../x", "/x"])
def test_an_input_file_cannot_take_our_own_names_or_leave(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_text("")
    request = a_request(input_files={name: str(tmp_path / "a")})
    with pytest.raises(SiteRefused):
        prepare(tmp_path / "job", request, script="", own=frozenset({"state.json"}))


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "job").write_text("a file")
    with pytest.raises(SiteRefused, match="cannot be prepared"):
        prepare(tmp_path / "job" / "pi", a_request(), script="")


FILES = ("a.csv", "b.csv", "out/deep/c.csv", "out/d.txt")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.csv"], ["a.csv"]),
        (["./a.csv", "a.csv"], ["a.csv"]),
        (["*.csv"], ["a.csv", "b.csv"]),
        (["out"], ["out/d.txt", "out/deep/c.csv"]),
        (["out/*"], ["out/d.txt", "out/deep/c.csv"]),
        (["x", "b.csv"], ["b.csv"]),
        ([], []),
    ],
)
def test_names_and_patterns_choose_files(
    tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    # given
    for name in FILES:
        (tmp_path / "job" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "job" / name).write_text(name)

    # when
    fetched = fetch(tmp_path / "job", names, tmp_path / "to")

    # then
    assert list(fetched) == expected
    assert list(matching_names(names, FILES)) == expected
    assert texts(tmp_path / "to") == {name: name for name in expected}


def test_a_link_out_of_the_directory_is_not_followed(tmp_path: Path) -> None:
    # given
    (tmp_path / "secret").write_text("canary")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "link").symlink_to(tmp_path / "secret")

    # when, then
    assert fetch(tmp_path / "job", ["link", "*"], tmp_path / "to") == ()
    assert not (tmp_path / "to").exists()


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    # given
    (tmp_path / "pi.json").write_text("{}")
    (tmp_path / "to").write_text("a file, not a folder")

    # when, then
    with pytest.raises(SiteRefused, match="cannot be fetched"):
        fetch(tmp_path, ["pi.json"], tmp_path / "to")
