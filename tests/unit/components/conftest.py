"""A project folder with two sites, and a function that runs programs in it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from cloudmesh_iac.settings.load import load
from tests.unit.components.evaluating import Answers, Declared, as_done, evaluate

_SETTINGS = """
sites:
  sim: {kind: simulated}
  other: {kind: simulated}
"""


class Evaluate(Protocol):
    def __call__(
        self,
        program: Callable[[], object],
        *,
        answers: Answers = as_done,
        config: Mapping[str, str] | None = None,
    ) -> Declared: ...


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand in a project as a program does."""
    (tmp_path / "Pulumi.yaml").write_text("name: lab\n")
    (tmp_path / "cloudmesh.yaml").write_text(_SETTINGS)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CMX_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("CMX_HOST_FILE", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("PATH", "")  # no scheduler of this computer
    monkeypatch.delenv("CMX_DEFAULT_SITE", raising=False)
    monkeypatch.chdir(tmp_path)
    load.cache_clear()
    yield tmp_path
    load.cache_clear()


@pytest.fixture
def run(project: Path) -> Evaluate:
    return partial(evaluate, folder=project)
