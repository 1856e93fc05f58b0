"""The program behind `cmx vm boot`: which machines are in it, and where does it lie?"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.project import PROJECT_FILE, Project, find_project
from cloudmesh_iac.settings.public_keys import own_keys_folder, own_public_key
from cloudmesh_iac.settings.whole_files import write_whole

PROGRAM = "machines"
_KEYGEN_S = 60.0
_PROJECT = """name: machines
description: The machines of `cmx vm boot`
runtime:
  name: python
"""
_TEXT = '''"""The machines of `cmx vm boot`: each line of machines.json is one of them.

`cmx vm boot` and `cmx vm rm` write that file. This program is yours to change.
"""

import json
from pathlib import Path

import cloudmesh_iac as cmx

machines = json.loads(Path(__file__).with_name("machines.json").read_text())
groups = {}
for machine in machines:
    site = machine.get("on")
    if site not in groups:
        # Whoever has the key may log in from anywhere.
        groups[site] = cmx.SecurityGroup(
            f"login-{site}" if site else "login", presets=["ssh", "ping"], open_to="world", on=site
        )
    cmx.VM(**{"security_groups": [groups[site]], **machine})
'''


@dataclass(frozen=True, slots=True)
class BootProgram:
    """A folder with the program and its list of machines; `found` is the list as it was read."""

    folder: Path
    found: str

    @property
    def machines(self) -> Sequence[Mapping[str, Any]]:
        """Errors: UsageProblem for a list that somebody has broken."""
        try:
            content = json.loads(self.found or "[]")
            return [{**one, "name": str(one["name"])} for one in content]
        except (ValueError, TypeError, KeyError) as error:
            raise UsageProblem(
                f"{self._list} is no list of machines with names", hint="mend it, or remove it"
            ) from error

    @property
    def _list(self) -> Path:
        return self.folder / f"{PROGRAM}.json"

    def write(self, machines: Sequence[Mapping[str, Any]]) -> None:
        """Write the list, and the program where there is none. Errors: UsageProblem."""
        rows = ",\n".join(f"  {json.dumps(one)}" for one in machines)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.folder / f"{PROGRAM}.py"
            if not file.exists():
                write_whole(file, _TEXT)
            write_whole(self._list, f"[\n{rows}\n]\n" if rows else "[]\n")
        except OSError as error:
            raise UsageProblem(f"{self.folder} cannot be written: {error.strerror}") from error

    def put_back(self) -> None:
        """Let the list be as it was found: nothing has come of the new one."""
        if self.found:
            write_whole(self._list, self.found)
        else:
            self._list.unlink(missing_ok=True)


def machines_folder(home: Path) -> Path:
    """Return the project of this person's machines, for folders that are no project."""
    return home / ".cloudmesh" / "machines"


def boot_program(computer: Computer, here: Path) -> tuple[BootProgram, Path]:
    """Return the program, and the folder of its project: the one here, else the person's own.

    Errors: UsageProblem for a broken project, a list that cannot be read, or a folder that cannot
    be written.
    """
    project = find_project(here) or _own_project(computer.home)
    file = project.programs_dir / f"{PROGRAM}.json"
    try:
        found = file.read_text() if file.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{file} cannot be read", hint="mend it, or remove it") from error
    return BootProgram(project.programs_dir, found), project.folder


def ensure_key(computer: Computer) -> Path | None:
    """Make a key for this person's machines where there is none; return it when it is new.

    Errors: CmxError when it cannot be made.
    """
    if own_public_key(computer.home) is not None:
        return None
    folder = own_keys_folder(computer.home)
    file = folder / "id_ed25519"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "cmx", "-f", str(file)]
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_KEYGEN_S, input=""
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CmxError(
            "there is no ssh key, and none could be made", hint="`ssh-keygen -t ed25519` makes one"
        ) from error
    return file.with_name("id_ed25519.pub")


def _own_project(home: Path) -> Project:
    folder = machines_folder(home)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / PROJECT_FILE).exists():
            write_whole(folder / PROJECT_FILE, _PROJECT)
    except OSError as error:
        raise UsageProblem(f"{folder} cannot be written: {error.strerror}") from error
    project = find_project(folder)
    assert project is not None
    return project
