"""A project of its own with a site in memory, and `cmx` run in this process."""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.cli.main import main
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.providers.simulated.scheduler import SimulatedScheduler
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.load import OpenSites, load_settings

SETTINGS = """
default: {site: sim}
sites:
  sim: {kind: simulated, shortest_s: 0, longest_s: 0, workdir: jobs, poll_s: 0.01}
"""
STUDY = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    most = exp.param("most", 2, help="the largest number")

    def job(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt("./square {}", point["n"]),
            metrics={"square": cmx.json_path("out.json", "$.square")},
        )

    sweep = cmx.Sweep(
        "squares", job=job, axes={"n": list(range(1, most + 1))}, plot=cmx.Plot("n", "square")
    )
    exp.export("results", sweep.results)
"""
PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


POINTS = ("squares/n=1", "squares/n=2")


def world(folder: Path) -> SimulatedScheduler:
    """Return what is behind the site of a project."""
    computer = this_computer()
    provider = OpenSites(load_settings(computer, folder), computer).provider("sim")
    assert isinstance(provider, SimulatedProvider)
    return provider.scheduler


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    def __init__(
        self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capture = capture
        self._patch = patch

    def __call__(self, *arguments: str, typed: str | None = None, piped: str = "") -> Said:
        """Run one command; `typed` is what a person at a terminal answers."""
        self._patch.setattr(sys, "argv", ["cmx", *arguments])
        self._patch.setattr(sys, "stdin", StringIO(piped) if typed is None else Terminal(typed))
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capture.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def scheduler(self) -> SimulatedScheduler:
        return world(self.folder)

    def leave(self, files: Mapping[str, str], *points: str) -> None:
        """Let jobs of these points leave files behind."""
        for point in points:
            self.scheduler().files[point] = dict(files)


def stand_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Stand in a folder, with a home of our own beside it."""
    folder.mkdir(exist_ok=True)
    patch.setenv("HOME", str(folder.with_name("home")))
    patch.setenv("PATH", "")  # no scheduler of this computer
    patch.setenv("CMX_HOST_FILE", str(folder / "no-such-file"))
    for name in ("CMX_PROJECT_DIR", "CMX_DEFAULT_SITE", "CMX_STORE", *PASSPHRASES):
        patch.delenv(name, raising=False)
    patch.chdir(folder)


def write_project(folder: Path) -> None:
    (folder / "stacks").mkdir()
    (folder / "Pulumi.yaml").write_text("name: lab\nmain: stacks\nstackConfigDir: stacks\n")
    (folder / "cloudmesh.yaml").write_text(SETTINGS)
    (folder / "stacks" / "study.py").write_text(STUDY)


@contextmanager
def own_signals() -> Iterator[None]:
    """Put the signal handlers back that a command has replaced."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cli]:
    """Stand in an empty folder."""
    folder = tmp_path / "lab"
    stand_in(folder, monkeypatch)
    with own_signals():
        yield Cli(folder, capsys, monkeypatch)


@pytest.fixture
def cli(empty: Cli) -> Cli:
    """Stand in a project with one program."""
    write_project(empty.folder)
    return empty


@pytest.fixture(scope="module")
def studied_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the program of a project once, for the tests that only look."""
    folder = tmp_path_factory.mktemp("studied") / "lab"
    with pytest.MonkeyPatch.context() as patch, own_signals():
        stand_in(folder, patch)
        write_project(folder)
        for n, point in enumerate(POINTS, 1):
            files = {"out.json": json.dumps({"square": n * n}), "stdout.log": f"n={n}\n"}
            world(folder).files[point] = files
        patch.setattr(sys, "argv", ["cmx", "up", "--yes", "--wait"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code
    return folder


@pytest.fixture
def study(
    studied_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cli]:
    """Stand in a project whose jobs have ended; only look, it is shared."""
    stand_in(studied_folder, monkeypatch)
    with own_signals():
        yield Cli(studied_folder, capsys, monkeypatch)
