"""The list of machines behind `cmx vm boot`, as somebody may have left it."""

from pathlib import Path

import pytest

from cloudmesh_iac.cli.boot import BootProgram, boot_program, machines_folder
from cloudmesh_iac.errors import UsageProblem
from tests.contract.jobs import a_computer


def a_program(home: Path, content: bytes) -> BootProgram:
    computer = a_computer(home)
    program, _ = boot_program(computer, home)
    (machines_folder(home) / "machines.json").write_bytes(content)
    program, _ = boot_program(computer, home)
    return program


def test_a_machine_is_called_by_a_text(tmp_path: Path) -> None:
    program = a_program(tmp_path, b'[{"name": 7, "cpus": 2}]')
    assert program.machines == [{"name": "7", "cpus": 2}]


@pytest.mark.parametrize("content", [b"{", b'["a"]', b"[{}]", b"7", b'{"name": "a"}', b"\xff"])
def test_a_list_that_is_none_is_told_with_its_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageProblem, match=r"machines\.json"):
        _ = a_program(tmp_path, content).machines
