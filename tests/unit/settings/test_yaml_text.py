"""A YAML text is changed where it has to be, and nowhere else."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.settings.yaml_text import changed_yaml, read_yaml

TEXT = """\
# head
config:   # the settings
    # about a
    lab:a: 1   # one
    # about b
    lab:b: "x y"
    lab:deep:
        k:
        - 1   # first
        - 2
        m: {a: 1}  # flat
    lab:text: |
        hello
        you

    # the end
# tail
"""
_LIST = "        k:\n        - 1   # first\n        - 2\n"


def _changed(change: Callable[[Any], object], text: str = TEXT) -> str:
    wanted = copy.deepcopy(read_yaml(text))
    change(wanted)
    return changed_yaml(text, wanted)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda it: it["config"].update({"lab:a": "5"}), "lab:a: 1 ", 'lab:a: "5" '),
        (lambda it: it["config"].update({"lab:b": "x"}), 'lab:b: "x y"', "lab:b: x"),
        (lambda it: it["config"].pop("lab:a"), "    lab:a: 1   # one\n", ""),
        (lambda it: it["config"]["lab:deep"]["k"].append(True), "- 2\n", "- 2\n        - true\n"),
        (lambda it: it["config"]["lab:deep"]["k"].__setitem__(0, None), "- 1 ", "- null "),
        (lambda it: it["config"]["lab:deep"].pop("k"), _LIST, ""),
        (lambda it: it["config"]["lab:deep"].update(k=[3]), _LIST, "        k:\n            - 3\n"),
        (
            lambda it: it["config"]["lab:deep"]["m"].update(b="ü"),
            "m: {a: 1}  # flat",
            'm:\n            a: 1\n            b: "ü"  # flat',
        ),
        (
            lambda it: it["config"].update({"lab:text": "x"}),
            "|\n        hello\n        you\n",
            "x\n",
        ),
        (
            lambda it: it["config"].update({"lab:new": {"secure": "v1:a=:b"}}),
            "        you\n",
            "        you\n    lab:new:\n        secure: v1:a=:b\n",
        ),
    ],
)
def test_only_what_differs_is_written_anew(
    change: Callable[[Any], object], old: str, new: str
) -> None:
    assert TEXT.count(old) == 1
    assert _changed(change) == TEXT.replace(old, new)


def test_what_is_new_in_two_places_at_once_stands_where_it_belongs() -> None:
    # when
    changed = _changed(
        lambda it: (it["config"].update({"x:y": ["a", {"b": "1"}]}), it.update(salt="v1:s")),
        "config:\n  x:a: b",
    )

    # then
    assert changed == 'config:\n  x:a: b\n  x:y:\n    - a\n    - {b: "1"}\nsalt: v1:s\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "config:\n  a: b\n"),
        ("# only this", "# only this\nconfig:\n  a: b\n"),
        ("config:", "config:\n  a: b\n"),
        ("config: {}  # none\n", "config:\n  a: b  # none\n"),
        ("{config: {}}\n", "config:\n  a: b\n"),
        ("---\nconfig:\n  a: c\n", "---\nconfig:\n  a: b\n"),
        ("config:\r\n  a: c\r\n", "config:\r\n  a: b\r\n"),
        ("? config\n: a: c\n", "? config\n: a: b\n"),
    ],
)
def test_a_first_setting_finds_its_place_in_every_form_of_nothing(text: str, said: str) -> None:
    assert changed_yaml(text, {"config": {"a": "b"}}) == said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1\nb: *x\n", "anchors"),
        ("a: 1\na: 2\n", "twice"),
        ("a: {\n", "expected"),
        ("- a\n", "no mapping"),
    ],
)
def test_what_cannot_be_changed_piece_by_piece_is_left_alone(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        changed_yaml(text, {"a": "5"})


@pytest.mark.parametrize(
    "text",
    [
        *("5", "-5", "1e3", "0o17", "0x1f", "1_000", "12:30:00", ".5", "1.5", ".nan", "0123"),
        *("yes", "No", "on", "OFF", "y", "true", "null", "Null", "~", "", " ", "2026-03-01"),
        *("a: b", "a #b", "#a", "- a", "*a", "&a", "!a", "%a", "@a", "`a", "[a]", "{a}", "a:", "="),
        *("two\nlines\n", "tab\t", "\x85", "ü", "\U0001f600", '"quoted"', "it's", "back\\slash"),
        *("hello", "a/b.c", "/tmp/x", "v1:abc=:d+/", "node-7"),
    ],
)  # fmt: skip
def test_a_text_stays_a_text(text: str) -> None:
    # when
    said = changed_yaml("", {"config": {"a": text, "b": [text, {"c": text}]}})

    # then
    assert yaml.safe_load(said) == {"config": {"a": text, "b": [text, {"c": text}]}}
    quoted = not text[:1].isalpha() and not text.startswith("/")
    assert not quoted or 'a: "' in said


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_KEYS = st.text("abc:é-1 ", min_size=1, max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_DOCUMENTS = st.dictionaries(_KEYS, _VALUES, max_size=4)


@given(old=_DOCUMENTS, new=_DOCUMENTS, flow=st.sampled_from([None, False, True]))
def test_any_document_can_become_any_other(
    old: dict[str, Any], new: dict[str, Any], *, flow: bool | None
) -> None:
    # given
    text = yaml.safe_dump(old, default_flow_style=flow, allow_unicode=True)

    # then
    assert read_yaml(changed_yaml(text, new)) == new
