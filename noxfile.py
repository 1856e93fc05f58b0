"""What is checked, in sessions: `nox -s lint types tests`.

`make test` runs the first three in `.venv`, where all they need is installed already; `nox` alone
gives each session an environment of its own.
"""

import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

CONSTRAINTS = "constraints.txt"
BUILD_GROUP = "build"
PINNED_GROUPS = (BUILD_GROUP, "lint", "types", "bench", "docs")
OLDEST_PYTHON = "3.11"

# Branch coverage in percent that each part must have: files, then the floor.
CORE = "cloudmesh_iac/core/*,cloudmesh_iac/engine/*"
FLOORS = (
    ("core and engine", ["--include", CORE], 100),
    ("the rest", ["--omit", CORE], 90),
)
FLOORS_HOLD = False  # until it is True, what is below its floor is said and fails nothing


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the layers of the house."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, those of the tests too."""
    _install(session, "types")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests but those of `long`; rigs start by themselves where the machine can."""
    _install(session, "tests")
    spread = ("-n2", "--dist=worksteal", "-m", "not slow")
    session.run("pytest", *spread, "--cov", "--cov-report=", *session.posargs)
    if session.posargs:
        return  # a part of the tests says nothing about the whole
    for part, files, floor in FLOORS:
        session.log(f"coverage of {part}, which should be {floor} %:")
        held = [f"--fail-under={floor}"] if FLOORS_HOLD else []
        session.run("coverage", "report", "--format=total", *files, *held)


@nox.session
def long(session: nox.Session) -> None:
    """Run the tests with larger counts, which take too long for every change.

    The random histories are played in parts: interrupted, they go on the next time. `--
    --histories 5000 --minutes 30` plays fewer.
    """
    _install(session, "tests")
    nothing_collected = 5
    session.run("pytest", "-m", "slow", success_codes=[0, nothing_collected])
    session.run("python", "-m", "tests.oracle.long_run", *session.posargs)


@nox.session
def mutate(session: nox.Session) -> None:
    """Try a sample of mutants of the engine, and write docs/mutation.md (an hour and more).

    `-- --sample 50` tries fewer, `-- --all` every one. Interrupted, it goes on the next time.
    """
    _install(session, "mutate")
    session.run("python", "-m", "tests.mutation", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, and assert nothing: pieces, then all engines in turn (12 minutes).

    `-- --write` measures only the engines, and writes docs/benchmarks.md.
    """
    _install(session, "bench")
    if "--write" not in session.posargs:
        session.run(
            "pytest",
            "tests/bench",
            "--override-ini=python_files=bench_*.py",
            "--override-ini=python_functions=bench_*",
            "--benchmark-columns=min,median,max,rounds",
            "--benchmark-sort=name",
            "--timeout=600",
        )
    session.run("python", "-m", "tests.bench.side_by_side", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    _install(session, "docs")
    session.run("sphinx-build", "-W", "-q", "-b", "html", "docs", "docs/_build/html")
    session.log("the documentation is in docs/_build/html/index.html")


@nox.session
def pin(session: nox.Session) -> None:
    """Write the newest versions that fit together, for every Python that we support."""
    session.install("uv")
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, CONSTRAINTS)
        groups = [f"--group={group}" for group in PINNED_GROUPS]
        session.run(
            *("uv", "pip", "compile", "pyproject.toml", *groups),
            *("--universal", f"--python-version={OLDEST_PYTHON}"),
            *("--no-annotate", "--no-header", "--quiet", f"--output-file={pins}"),
        )
        head = f"# The exact versions for Python {OLDEST_PYTHON} and newer, by `nox -s pin`.\n"
        Path(CONSTRAINTS).write_text(head + pins.read_text())


def _install(session: nox.Session, group: str) -> None:
    """Install us and a group of development tools in the pinned versions.

    With `--no-install` (make) nothing is done here.
    """
    _install_pinned(session, "--group", BUILD_GROUP)
    _install_pinned(session, "--no-build-isolation", "--editable", ".", "--group", group)


def _install_pinned(session: nox.Session, *what: str) -> None:
    session.install("--constraint", CONSTRAINTS, *what)
