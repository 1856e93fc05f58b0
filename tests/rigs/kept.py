"""What a rig keeps for later runs: a folder of its own, and environments of Python in it."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tests.rigs.debian import run_to_install
from tests.rigs.starting import locked


def cache_of(rig: str = "") -> Path:
    """Return the folder of a rig, made now if it is not there; without a name that of all."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "cmx-tests" / rig
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment_with(requirements: Path, cache: Path) -> Path:
    """Return an environment that has exactly these packages, installed now if it is not there.

    Errors: CannotStart.
    """
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / f"services-{digest}"
    with locked(cache / "services.lock"):
        if (folder / "complete").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        run_to_install([sys.executable, "-m", "venv", str(folder)], os.environ)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--no-deps"]
        run_to_install([*pip, "-r", str(requirements)], os.environ)
        (folder / "complete").touch()
    return folder
