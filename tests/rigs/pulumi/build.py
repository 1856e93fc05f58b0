"""Build the program of `go/` once, and keep it for as long as its sources stay the same."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.rigs.starting import CannotStart, locked

_SOURCES = Path(__file__).parent / "go"
_NAMES = ("*.go", "go.mod", "go.sum")
# The flags with which the `pulumi` program itself is built: what is compiled once serves both.
_FLAGS = ("-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", "-w -s")
_LONGEST_BUILD_S = 1500
_KEPT = 3


def built_engine() -> Path:
    """Return the program, built now if it is not there. Errors: CannotStart."""
    go = shutil.which("go")
    if go is None:
        raise CannotStart("there is no `go` to build Pulumi's engine with")
    folder = _cache()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"engine-{_digest()}"
    with locked(folder / "build.lock"):
        if not program.exists():
            _build(go, program)
            _forget_old(folder)
    return program


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cmx-tests" / "pulumi-engine"


def _digest() -> str:
    digest = hashlib.sha256(" ".join(_FLAGS).encode())
    for path in sorted(path for name in _NAMES for path in _SOURCES.glob(name)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _build(go: str, program: Path) -> None:
    """Build beside the final place and move: a build that was interrupted leaves nothing there."""
    draft = program.with_suffix(".draft")
    command = ["nice", go, "build", *_FLAGS, "-o", str(draft), "."]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    try:
        ended = subprocess.run(
            command,
            cwd=_SOURCES,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST_BUILD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotStart(f"building Pulumi's engine: {error}") from error
    if ended.returncode != 0:
        raise CannotStart(f"building Pulumi's engine: {_last_lines(ended.stderr)}")
    draft.replace(program)


def _last_lines(text: str) -> str:
    return "; ".join(text.strip().splitlines()[-3:])


def _forget_old(folder: Path) -> None:
    programs = sorted(folder.glob("engine-*"), key=_age, reverse=True)
    for program in programs[_KEPT:]:
        program.unlink(missing_ok=True)


def _age(path: Path) -> float:
    return path.stat().st_mtime
