"""What a job left behind, kept beside the program."""

import json
from pathlib import Path

import pytest

from cloudmesh_iac.providers.batch.results import results_folder, write_result


@pytest.mark.parametrize(
    ("point", "parts"),
    [
        ("check", ("check",)),
        ("pi/n=1,seed=2", ("pi", "n=1,seed=2")),
        ("../../etc", ("%2E.", "%2E.", "etc")),
        ("pi/a b", ("pi", "a%20b")),
    ],
)
def test_each_point_has_a_folder_below_its_stack(point: str, parts: tuple[str, ...]) -> None:
    folder = results_folder(Path("/project"), "hello.big", point)
    assert folder == Path("/project/results/hello.big").joinpath(*parts)


def test_a_result_is_written_whole_and_only_what_people_look_for(tmp_path: Path) -> None:
    # given
    folder = tmp_path / "deep" / "folder"

    # when
    write_result(folder, {"state": "COMPLETED", "point": "pi", "__provider": "x", "token": "t"})
    write_result(folder, {"state": "FAILED", "point": "pi", "exit_code": 3})

    # then
    assert [file.name for file in folder.iterdir()] == ["result.json"]
    text = (folder / "result.json").read_text()
    assert json.loads(text) == {"exit_code": 3, "point": "pi", "state": "FAILED"}
    assert text.endswith("}\n")


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        write_result(tmp_path / "file" / "below", {"state": "COMPLETED"})
