"""Make the scripted plugin a program as engines look for it, or start it to attach to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rigs.scripted.script import PACKAGE, VARIABLE, VERSION

_SOURCE = Path(__file__).parents[3]
_RUN = "import sys; sys.path.insert(0, {source!r}); from {module} import {main}; {main}()"
_LEAVES_S = 5.0


def install(plugins: Path, *, package: str = PACKAGE, version: str = VERSION) -> Path:
    """Put the plugin into a folder of plugins, in Pulumi's layout; return its program."""
    run = _RUN.format(source=str(_SOURCE), module="tests.rigs.scripted.serving", main="main")
    return _install(plugins, run, package=package, version=version)


def install_pairs(plugins: Path) -> Path:
    """Put the plugin with a component there too."""
    run = _RUN.format(source=str(_SOURCE), module="tests.rigs.scripted.pairs", main="serve")
    return _install(plugins, run, package="pairs", version=VERSION)


def _install(plugins: Path, run: str, *, package: str, version: str) -> Path:
    name = f"resource-{package}-v{version}" if version else f"resource-{package}"
    program = plugins / name / f"pulumi-resource-{package}"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{run}" "$@"\n')
    program.chmod(0o755)
    return program


@contextmanager
def attached(folder: Path, script: Path) -> Iterator[int]:
    """Run the plugin on its own, as somebody who debugs it does; yields its port."""
    process = subprocess.Popen(
        [install(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, VARIABLE: str(script)},
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        with process.stdout as output:
            yield int(output.readline())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(_LEAVES_S)
