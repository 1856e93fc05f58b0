"""How the history looks."""

from collections.abc import Callable

import pytest

from cloudmesh_iac.core.chain import Chain, Flaw, FlawKind
from cloudmesh_iac.views.history_json import entry_dict, history_dict
from cloudmesh_iac.views.history_text import Look, entry_text, history_text, verified_text
from cloudmesh_iac.views.plan_json import json_text
from cloudmesh_iac.views.words import ASCII
from tests.builders import STACK
from tests.unit.views import histories, outcomes
from tests.unit.views.builders import printed

SameAsGolden = Callable[[str, str], None]
LOOK = Look(outcomes.NOW, running=7)


def test_a_history_is_one_line_per_update(same_as_golden: SameAsGolden) -> None:
    text = history_text(STACK, histories.some_entries(), look=LOOK)
    same_as_golden("history.txt", printed(text))


def test_a_long_history_shows_its_newest_updates_and_counts_the_others() -> None:
    # when
    text = history_text(STACK, histories.some_entries()[-2:], look=LOOK).plain.splitlines()

    # then
    assert text[0] == "hello: 7 updates"
    assert [line.split()[1] for line in text[2:4]] == ["7", "6"]
    assert text[4:] == ["5 older: --all"]
    assert history_text(STACK, (), look=LOOK).plain == "hello: no updates yet"


def test_in_ascii_a_history_holds_no_other_character() -> None:
    look = Look(outcomes.NOW, ASCII)
    text = history_text(STACK, histories.some_entries(), look=look).plain
    assert text.isascii()
    assert "running" not in text


@pytest.mark.parametrize("number", [3, 4, 7])
def test_an_update_tells_all_that_is_kept(number: int, same_as_golden: SameAsGolden) -> None:
    entry = histories.some_entries()[number - 1]
    files = {"stacks/hello.py": "a\nb\n"} if entry.started.origin.copy else {}
    text = entry_text(STACK, entry, files, look=LOOK)
    same_as_golden(f"history-{number}.txt", printed(text))


def test_a_history_as_json(same_as_golden: SameAsGolden) -> None:
    document = history_dict(STACK, histories.some_entries()[-3:], running=7)
    same_as_golden("history.json", json_text(document))


def test_one_update_as_json_has_the_program() -> None:
    entry = histories.some_entries()[2]
    assert entry_dict(entry, running=None, files={"a.py": "x"})["files"] == {"a.py": "x"}


def test_what_is_not_whole_is_named() -> None:
    # when
    flaws = [Flaw(number, kind) for number, kind in enumerate(FlawKind, 1)]
    text = verified_text(Chain(STACK, length=4, head="h"), flaws).plain.splitlines()

    # then
    assert text[0] == "hello: the history is not what was written"
    assert [line.split()[1] for line in text[1:]] == ["1", "2", "3", "4"]
    assert len({line.split(maxsplit=2)[2] for line in text[1:]}) == 4


def test_a_whole_history_says_its_head() -> None:
    text = verified_text(Chain(STACK, length=1, head="h1"), ()).plain
    assert text == "hello: 1 update, all as they were written\n  head h1"
    assert verified_text(Chain(STACK), ()).plain.endswith("all as they were written")
