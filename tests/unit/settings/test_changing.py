"""Settings are put into the file of a stack, and taken out of it."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.changing import SettingKey, open_stack_file, parse_key
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.setting_values import at, put, typed
from cloudmesh_iac.settings.stack_settings import read_stack_settings, settings_file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project("lab", tmp_path, tmp_path, tmp_path / "stacks")


@pytest.mark.parametrize(
    ("text", "is_path", "key"),
    [
        ("repeats", False, SettingKey("lab:repeats")),
        ("aws:region", False, SettingKey("aws:region")),
        ("a.b", False, SettingKey("lab:a.b")),
        ("a.b[0]", True, SettingKey("lab:a", ("b", 0))),
        ("aws:a.b:c", True, SettingKey("aws:a", ("b:c",))),
        ('["a.b"].c', True, SettingKey("lab:a.b", ("c",))),
    ],
)
def test_a_key_without_a_namespace_is_one_of_the_project(
    project: Project, *, text: str, is_path: bool, key: SettingKey
) -> None:
    assert parse_key(project, text, is_path=is_path) == key


@pytest.mark.parametrize("text", ["", ":a", "a:", "a:b:c"])
def test_what_is_no_key_is_refused(project: Project, text: str) -> None:
    with pytest.raises(UsageProblem, match="is no key"):
        parse_key(project, text)


@pytest.mark.parametrize("text", ["", "[0]", "a[", "a..b", "a.*", "a[*]"])
def test_what_is_no_path_is_refused(project: Project, text: str) -> None:
    with pytest.raises(UsageProblem, match="is no key"):
        parse_key(project, text, is_path=True)


@pytest.mark.parametrize(
    ("old", "path", "new"),
    [
        (None, ("a",), {"a": 1}),
        (None, (0, "a"), [{"a": 1}]),
        ("text", ("a",), {"a": 1}),
        ({"secure": "v1:x"}, (0,), [1]),
        ({"a": {"b": 2}}, ("a", "c"), {"a": {"b": 2, "c": 1}}),
        ([0, 0], (2,), [0, 0, 1]),
        ([0, {"a": 0}], (1, "a"), [0, {"a": 1}]),
    ],
)
def test_a_value_is_put_where_its_path_leads(
    old: object, path: tuple[str | int, ...], new: object
) -> None:
    assert put(old, path, 1) == new
    assert at(new, path) == 1


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ([1], ("a",)),
        ({"a": 1}, (0,)),
        ({"a": "text"}, ("a", "b")),
        ({"a": {"secure": "v1:x"}}, ("a", "b")),
        ([1], (2,)),
        (None, ("secure",)),
    ],
)
def test_a_path_through_something_without_an_inside_is_refused(
    old: object, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"has|would"):
        put(old, path, "x")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("True", "True"), ("0", 0), ("-3", -3), ("12", 12),
        ("012", "012"), ("-", "-"), ("1.5", "1.5"), ("", ""), ("9" * 30, "9" * 30), ("٣", "٣"),
    ],
)  # fmt: skip
def test_inside_of_a_setting_numbers_and_bools_are_what_they_look_like(
    text: str, value: object
) -> None:
    assert (typed(text), type(typed(text))) == (value, type(value))


def test_a_setting_is_written_and_read_back_and_taken_away(project: Project) -> None:
    # given
    key, inner = SettingKey("lab:repeats"), SettingKey("lab:login", ("user",))

    # when
    file = open_stack_file(project, "hello").with_setting(key, "5").with_setting(inner, "ada")
    file.with_salt("v1:salt").save()
    read = read_stack_settings(project, "hello")
    open_stack_file(project, "hello").without_setting(inner).without_setting(key).save()

    # then
    assert read.plain == {"lab:repeats": "5", "lab:login": '{"user": "ada"}'}
    assert read.salt == "v1:salt"
    assert read_stack_settings(project, "hello").plain == {"lab:login": "{}"}
    assert settings_file(project, "hello").stat().st_mode & 0o777 == 0o644


def test_a_key_of_the_project_keeps_the_short_form_that_it_has(project: Project) -> None:
    # given
    path = settings_file(project, "hello")
    path.parent.mkdir()
    path.write_text("config:\n  repeats: 3  # often\n")
    path.chmod(0o600)

    # when
    open_stack_file(project, "hello").with_setting(SettingKey("lab:repeats"), "5").save()

    # then
    assert path.read_text() == 'config:\n  repeats: "5"  # often\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("key", [SettingKey("lab:x"), SettingKey("lab:a", ("b",))])
def test_what_is_not_there_cannot_be_taken_away(project: Project, key: SettingKey) -> None:
    file = open_stack_file(project, "hello").with_setting(SettingKey("lab:a"), "1")
    with pytest.raises(KeyError):
        file.without_setting(key)


def test_a_file_that_has_to_be_changed_by_hand_is_named(project: Project) -> None:
    # given
    path = settings_file(project, "hello")
    path.parent.mkdir()
    path.write_text("config:\n  a: &x 1\n  b: *x\n")

    # then
    with pytest.raises(UsageProblem, match="anchors") as refused:
        open_stack_file(project, "hello").with_setting(SettingKey("lab:a"), "2")
    assert str(path) in refused.value.message


def test_a_folder_that_cannot_be_written_is_named(project: Project) -> None:
    project.stack_config_dir.write_text("in the way")
    file = open_stack_file(project, "hello").with_setting(SettingKey("lab:a"), "2")
    with pytest.raises(UsageProblem, match="cannot be written"):
        file.save()


def test_what_somebody_else_has_written_meanwhile_is_not_lost(project: Project) -> None:
    # given
    mine = open_stack_file(project, "hello").with_setting(SettingKey("lab:a"), "mine")
    open_stack_file(project, "hello").with_setting(SettingKey("lab:b"), "theirs").save()

    # when
    with pytest.raises(UsageProblem, match="was changed meanwhile"):
        mine.save()

    # then
    assert read_stack_settings(project, "hello").plain == {"lab:b": "theirs"}


def test_a_file_that_is_no_text_is_named(project: Project) -> None:
    path = settings_file(project, "hello")
    path.parent.mkdir()
    for content in (b"\xff", b"config: {"):
        path.write_bytes(content)
        with pytest.raises(UsageProblem, match="cannot be read"):
            open_stack_file(project, "hello")


def test_encrypted_texts_change_their_form_and_nothing_else(project: Project) -> None:
    # given
    path = settings_file(project, "hello")
    path.parent.mkdir()
    path.write_text(
        "config:\n  a: {secure: v1:a}  # mine\n  b:\n    - secure: v1:b\n    - plain\n"
        "encryptionsalt: v1:old\n"
    )

    # when
    file = open_stack_file(project, "hello").with_encrypted(str.upper).with_salt("v1:new")

    # then
    assert file.text == (
        "config:\n  a:\n    secure: V1:A  # mine\n  b:\n    - secure: V1:B\n    - plain\n"
        "encryptionsalt: v1:new\n"
    )
