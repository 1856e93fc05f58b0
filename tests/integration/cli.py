"""A project in a folder of its own, and `cmx` run on it as a person would: as a process."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudmesh_iac.settings.computer import this_computer
from tests.rigs.waiting import eventually

BOOT = [sys.executable, "-c", "from cloudmesh_iac.cli.main import main; main()"]
SOURCE = Path(__file__).parents[2]

PROJECT = """
name: lab
main: stacks
stackConfigDir: stacks
runtime:
  name: python
"""

STUDY = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    repeats = exp.param("repeats", 3, help="runs per point")

    def work(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt("sh work.sh {} {}", point["size"], point.repeat),
            inputs=["work.sh"],
            walltime="1m",
            note=f"about {point['size']}",
            metrics={"square": cmx.json_path("out.json", "$.square")},
        )

    sweep = cmx.Sweep("work", job=work, axes={"size": [1, 2]}, repeats=repeats)
    exp.export("results", sweep.results)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How one command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def all(self) -> str:
        return self.stdout + self.stderr

    @property
    def error(self) -> list[str]:
        """The lines from `error:` on."""
        lines = self.stderr.splitlines()
        first = next((i for i, line in enumerate(lines) if line.startswith("error:")), len(lines))
        return lines[first:]

    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Cmx:
    """A project and a home below `folder`; `environment` is given to every command."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    boot: list[str] = field(default_factory=lambda: BOOT)
    _started: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def store(self) -> Path:
        return self.home / ".cloudmesh" / "cmx.db"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project, the text without its common indentation."""
        file = self.project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"))
        return file

    def program(self, text: str, name: str = "study") -> Path:
        return self.write(f"stacks/{name}.py", text)

    def study(self, *changes: tuple[str, str], script: str = "") -> None:
        """Write the study, with these pieces of its text changed.

        Each of its jobs runs the script and writes a line of its own to `ran`.
        """
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.program(text)
        done = f"""
            echo $1 $2 >> {self.folder}/ran
            echo "{{\\"square\\": $(( $1 * $1 ))}}" > out.json
            """
        self.write("stacks/work.sh", f"{script}\n{textwrap.dedent(done)}")

    def ran(self) -> list[str]:
        """Return what the jobs of the study wrote: one line for each execution, sorted."""
        with suppress(FileNotFoundError):
            return sorted((self.folder / "ran").read_text().splitlines())
        return []

    def __call__(
        self,
        *arguments: str,
        code: int | None = 0,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_s: float = 60,
        piped: str = "",
    ) -> Said:
        """Run a command to its end; `code` is what it has to end with, None for anything."""
        done = subprocess.run(
            [*self.boot, *arguments],
            input=piped,
            capture_output=True,
            text=True,
            cwd=cwd or self.project,
            env=self.environment_of(environment),
            timeout=timeout_s,
            check=False,
        )
        said = Said(done.returncode, done.stdout, done.stderr)
        if code is not None:
            assert said.code == code, f"cmx {' '.join(arguments)} -> {said.code}\n{said.all}"
        return said

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own."""
        process = subprocess.Popen(
            [*self.boot, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.project,
            env=self.environment_of(environment),
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def environment_of(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        ours = this_computer().environment
        base = {
            "PATH": ours.get("PATH", os.defpath),
            "HOME": str(self.home),
            "USER": this_computer().user,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "CMX_HOST_FILE": str(self.folder / "no-host-file"),
            **{key: value for key, value in ours.items() if key.startswith("COVERAGE_")},
        }
        return {**base, **self.environment, **(more or {})}

    def jobs(self) -> list[Path]:
        """Return the directories of all jobs of this computer that were ever submitted."""
        found = (self.home / ".cloudmesh" / "jobs").glob("*/*/**/manifest.json")
        return sorted(file.parent for file in found)

    def assert_untouched(self) -> None:
        """Nothing is recorded and nothing was started."""
        assert not self.store.exists()
        assert self.jobs() == []
        assert self.ran() == []

    def close(self) -> None:
        """End what was started: commands, runners, jobs."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=10)
        for queue in (self.home / ".cloudmesh" / "jobs").glob(".queue/*/ready/*"):
            queue.unlink(missing_ok=True)
        eventually(lambda: not end_processes(str(self.folder)), within_s=20)


def end_processes(mark: str) -> list[int]:
    """Kill every session whose leader has this text in its command; return their pids."""
    pids = [pid for pid in leaders() if mark in command_of(pid)]
    for pid in pids:
        for member in leaders(of=pid):
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
    return pids


def leaders(of: int | None = None) -> list[int]:
    """Return the living leaders of sessions, or all living members of one session."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):
            state, _, _, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            wanted = int(folder.name) if of is None else of
            if state != "Z" and int(session) == wanted:
                found.append(int(folder.name))
    return found


def command_of(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


@contextmanager
def a_project(folder: Path) -> Iterator[Cmx]:
    """Make an empty project and an empty home; end all that was started there."""
    project = Cmx(folder)
    project.home.mkdir()
    project.write("Pulumi.yaml", PROJECT)
    try:
        yield project
    finally:
        project.close()


def rows(results: Sequence[Mapping[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of results as tuples."""
    return [tuple(row.get(name) for name in names) for row in results]
