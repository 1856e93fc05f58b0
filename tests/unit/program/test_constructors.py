"""Lines that only hand on to the constructor of a base class."""

from pathlib import Path

import pytest

from cloudmesh_iac.program.constructors import constructor_calls

CLASS = """
class Box(Resource):
    def __init__(self, label):
        super().__init__(
            Provider(),
            label,
        )


Box("one")
"""


def test_the_lines_of_a_call_of_a_constructor_are_found(tmp_path: Path) -> None:
    (tmp_path / "box.py").write_text(CLASS)
    assert constructor_calls(tmp_path / "box.py") == ((4, 7),)


@pytest.mark.parametrize("text", [None, "def broken(", "x = '\0'"])
def test_what_cannot_be_read_has_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "box.py").write_text(text)
    assert constructor_calls(tmp_path / "box.py") == ()
