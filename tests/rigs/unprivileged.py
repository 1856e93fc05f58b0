"""An installation of the project that an ordinary user can run, with homes of their own.

The interpreter of the tests may stand where only root can look. So the system's own python3 gets an
environment with the project's dependencies, in the very versions that the tests run with; it is
kept for later runs under a digest of these. The package itself is copied for each run.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tests.rigs.starting import CannotStart, is_root, locked
from tests.rigs.users import USER, make_user, run_as

_PROJECT = Path(__file__).parents[2]
_SYSTEM_PYTHON = Path("/usr/bin/python3")
_INSTALL_S = 600


@dataclass(frozen=True, slots=True)
class Installation:
    """`python` has the dependencies; `source` holds the package and its entry points."""

    folder: Path
    python: Path
    source: Path


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """A user without rights, with a fresh home. `environment` is given to every command."""

    installation: Installation
    home: Path
    user: str = USER
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        return run_as(
            self.user,
            argv,
            environment={
                "PYTHONPATH": str(self.installation.source),
                **self.environment,
                **(environment or {}),
            },
            home=self.home,
            cwd=cwd,
            timeout_s=timeout_s,
        )

    def python(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        return self.run(
            [str(self.installation.python), *arguments],
            environment=environment,
            cwd=cwd,
            timeout_s=timeout_s,
        )

    def cmx(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        return self.python(
            str(self.installation.folder / "cmx"),
            *arguments,
            environment=environment,
            cwd=cwd,
            timeout_s=timeout_s,
        )


@contextmanager
def installed() -> Iterator[Installation]:
    """Install the project for everybody; only the environment stays. Errors: CannotStart."""
    if not is_root():
        raise CannotStart("only root can run things as another user")
    make_user()
    python = _environment() / "bin" / "python3"
    folder = Path(tempfile.mkdtemp(prefix="cmx-user-", dir="/tmp"))
    try:
        folder.chmod(0o755)
        yield Installation(folder, python, _copy_package(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def a_user(installation: Installation) -> Unprivileged:
    """Return the user with a new, empty home."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=installation.folder))
    shutil.chown(home, USER, USER)
    return Unprivileged(installation, home)


def _environment() -> Path:
    pins = _pins()
    digest = hashlib.sha256("\n".join(pins).encode()).hexdigest()[:12]
    folder = Path(f"/var/tmp/cmx-python-{digest}")
    with locked(Path("/tmp/cmx-python.lock")):
        if (folder / "complete").exists() and folder.stat().st_uid == os.geteuid():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        _install([str(_SYSTEM_PYTHON), "-m", "venv", str(folder)])
        folder.chmod(0o755)
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(pins))
        python = str(folder / "bin" / "python3")
        _install([python, "-m", "pip", "install", "-q", "-c", str(constraints), *_dependencies()])
        (folder / "complete").touch()
    return folder


def _install(argv: Sequence[str]) -> None:
    try:
        subprocess.run(
            argv,
            check=True,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            stdin=subprocess.DEVNULL,
            umask=0o022,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or getattr(error, "stdout", None) or str(error)
        raise CannotStart(
            f"no python3 for an ordinary user (Debian: python3-venv): {said.strip()[-500:]}"
        ) from error


def _pins() -> list[str]:
    """Return what the tests run with of all that the project needs, so that the user gets it."""
    pins: dict[str, str] = {}
    wanted = _dependencies()
    while wanted:
        requirement = Requirement(wanted.pop())
        marker = requirement.marker
        if requirement.name in pins or not (marker is None or marker.evaluate({"extra": ""})):
            continue
        found = metadata.distribution(requirement.name)
        pins[requirement.name] = found.version
        wanted += found.requires or ()
    return sorted(f"{name}=={version}" for name, version in pins.items())


def _project() -> dict[str, object]:
    project = tomllib.loads((_PROJECT / "pyproject.toml").read_text())["project"]
    assert isinstance(project, dict)
    return project


def _dependencies() -> list[str]:
    dependencies = _project()["dependencies"]
    assert isinstance(dependencies, list)
    return list(dependencies)


def _copy_package(folder: Path) -> Path:
    source = folder / "source"
    shutil.copytree(
        _PROJECT / "cloudmesh_iac",
        source / "cloudmesh_iac",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    _write_entry_points(source)
    # What a user's installation would have in its bin folder.
    (folder / "cmx").write_text(
        "import sys\n\nfrom cloudmesh_iac.cli.main import main\n\nsys.exit(main())\n"
    )
    for path in (source, *source.rglob("*"), folder / "cmx"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return source


def _write_entry_points(source: Path) -> None:
    """Say which kinds of site there are, as an installed distribution does."""
    project = _project()
    info = source / f"cloudmesh_iac-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project.get("entry-points", {})
    assert isinstance(groups, dict)
    lines = []
    for group, entries in {"console_scripts": project.get("scripts", {}), **groups}.items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
