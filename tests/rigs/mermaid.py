"""The real Mermaid, as pages of GitHub and GitLab use it: one script for a browser.

Its npm package is fetched once; nothing of it is installed or run here but that script.
"""

import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.rigs.debian import install_packages
from tests.rigs.kept import cache_of
from tests.rigs.starting import CannotStart, locked

_PACKAGE = "mermaid@11.17.2"
_SCRIPT = "package/dist/mermaid.min.js"
_FETCH_S = 300.0


def mermaid_script() -> Path:
    """Return the script's file. Errors: CannotStart."""
    file = cache_of() / f"{_PACKAGE}.js"
    with locked(file.with_suffix(".lock")):
        if not file.exists():
            draft = file.with_suffix(".draft")
            draft.write_bytes(_fetched())
            draft.replace(file)
    return file


def _fetched() -> bytes:
    """The client compares the package with its digest at the registry."""
    if not _has_npm():
        install_packages(("npm",))
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(
                ["npm", "pack", "--silent", _PACKAGE],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
                timeout=_FETCH_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            raise CannotStart(f"npm pack {_PACKAGE}: {'; '.join(said[-3:])}") from error
        [archive] = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as members:
            script = members.extractfile(_SCRIPT)
            if script is None:
                raise CannotStart(f"{_PACKAGE} has no {_SCRIPT}")
            return script.read()


def _has_npm() -> bool:
    try:
        subprocess.run(["npm", "--version"], check=True, capture_output=True, timeout=_FETCH_S)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
