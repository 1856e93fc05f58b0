"""Named histories: for each rule one, played by both engines."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.case import History, history_from_json, history_to_json
from tests.oracle.comparison import differences, order_problems
from tests.oracle.known import NO_ORACLE, ON_PURPOSE, TO_DO
from tests.oracle.ours import play_ours
from tests.oracle.pulumis import play_theirs
from tests.rigs.pulumi.engine import PulumiEngine

_CASES = {path.stem: path for path in sorted((Path(__file__).parent / "cases").glob("*.json"))}


def a_case(name: str, folder: Path) -> History:
    """Return a history; its files, if it has some, will be in the folder."""
    history = history_from_json(json.loads(_CASES[name].read_text()))
    return replace(history, folder=str(folder))


def _with_marks(name: str) -> Any:
    reason = TO_DO.get(name) or ON_PURPOSE.get(name)
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(name, id=name, marks=marks)


@pytest.mark.parametrize("name", [_with_marks(name) for name in _CASES if name not in NO_ORACLE])
def test_a_case_goes_as_with_pulumi(name: str, pulumi_engine: PulumiEngine, tmp_path: Path) -> None:
    # given
    for_theirs, for_ours = (a_case(name, tmp_path / whose) for whose in ("theirs", "ours"))

    # when
    theirs, ours = play_theirs(for_theirs, pulumi_engine), play_ours(for_ours)

    # then
    assert differences(ours, theirs) == ""
    assert order_problems(ours, theirs) == []


@pytest.mark.parametrize("name", sorted(NO_ORACLE))
def test_a_case_that_pulumi_cannot_play_ends(name: str, tmp_path: Path) -> None:
    history = a_case(name, tmp_path)
    assert len(play_ours(history).generations) == len(history.generations)


def test_every_known_difference_is_a_case() -> None:
    assert {*TO_DO, *ON_PURPOSE, *NO_ORACLE} <= set(_CASES)


@pytest.mark.parametrize("name", _CASES)
def test_a_case_is_written_as_the_codec_writes_it(name: str) -> None:
    data = json.loads(_CASES[name].read_text())
    assert history_to_json(history_from_json(data)) == data
    assert data["name"] == name
