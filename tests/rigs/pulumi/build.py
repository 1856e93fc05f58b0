"""Build a Go program once, and keep it for as long as its sources stay the same."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.kept import cache_of
from tests.rigs.starting import CannotStart, locked

_NAMES = ("*.go", "*.json", "go.mod", "go.sum")
# The flags with which the `pulumi` program itself is built: what is compiled once serves both.
_FLAGS = ("-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags")
_SMALL = "-w -s"
_LONGEST_BUILD_S = 1500
_KEPT = 3
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class GoProgram:
    """What is built: `package` in the module of the folder `sources`.

    `linked` are words for the linker, `about` says in errors what it is.
    """

    about: str
    cache: str
    name: str
    sources: Path
    package: str = "."
    linked: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        return (*_FLAGS, f"{_SMALL} {self.linked}".rstrip())


ENGINE = GoProgram("Pulumi's engine", "pulumi-engine", "engine", _HERE / "go")


def built(what: GoProgram) -> Path:
    """Return the program, built now if it is not there. Errors: CannotStart."""
    go = shutil.which("go")
    if go is None:
        raise CannotStart(f"there is no `go` to build {what.about} with")
    folder = cache_of(what.cache)
    program = folder / f"{what.name}-{_digest(what)}"
    with locked(folder / "build.lock"):
        if not program.exists():
            _build(go, what, program)
            _forget_old(folder, what.name)
    return program


def _digest(what: GoProgram) -> str:
    digest = hashlib.sha256(" ".join(what.flags).encode())
    for path in sorted(path for name in _NAMES for path in what.sources.glob(name)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _build(go: str, what: GoProgram, program: Path) -> None:
    """Build beside the final place and move: a build that was interrupted leaves nothing there."""
    draft = program.with_suffix(".draft")
    command = ["nice", go, "build", *what.flags, "-o", str(draft), what.package]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    try:
        ended = subprocess.run(
            command,
            cwd=what.sources,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST_BUILD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"building {what.about}: {error}") from error
    if ended.returncode != 0:
        raise CannotStart(f"building {what.about}: {_last_lines(ended.stderr)}")
    draft.replace(program)


def _last_lines(text: str) -> str:
    return "; ".join(text.strip().splitlines()[-3:])


def _forget_old(folder: Path, name: str) -> None:
    programs = sorted(folder.glob(f"{name}-*"), key=_age, reverse=True)
    for program in programs[_KEPT:]:
        program.unlink(missing_ok=True)


def _age(path: Path) -> float:
    return path.stat().st_mtime
