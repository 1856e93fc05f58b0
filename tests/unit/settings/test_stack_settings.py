"""What the file of a stack says."""

import json
from pathlib import Path

import pytest

from cloudmesh_iac.errors import NotSupportedYet, UsageProblem
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.stack_settings import read_stack_settings, settings_file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project("lab", tmp_path, tmp_path, tmp_path)


@pytest.fixture
def file(project: Project) -> Path:
    return settings_file(project, "hello")


def test_the_settings_of_a_stack_are_texts_with_full_keys(project: Project) -> None:
    # given
    (project.stack_config_dir / "Pulumi.hello.yaml").write_text(
        "config:\n"
        "  repeats: 3\n"
        "  lab:ratio: 0.5\n"
        "  other:quick: true\n"
        "  name: node7\n"
        "  sizes: [1m, 4m]\n"
        "  shape: {a: 1}\n"
        "  nothing:\n"
        "  day: 2026-03-01\n"
        "  7: seven\n"
    )

    # then
    assert read_stack_settings(project, "hello").plain == {
        "lab:repeats": "3",
        "lab:ratio": "0.5",
        "other:quick": "true",
        "lab:name": "node7",
        "lab:sizes": '["1m", "4m"]',
        "lab:shape": '{"a": 1}',
        "lab:nothing": "null",
        "lab:day": "2026-03-01",
        "lab:7": "seven",
    }


@pytest.mark.parametrize("text", [None, "", "config:\n", "encryptionsalt: x\n"])
def test_a_stack_may_have_no_settings(project: Project, text: str | None) -> None:
    if text is not None:
        (project.stack_config_dir / "Pulumi.hello.yaml").write_text(text)
    assert read_stack_settings(project, "hello").plain == {}


@pytest.mark.parametrize("content", [b"- a", b"config: text", b"config: {", b"config: 5", b"\xff"])
def test_settings_that_cannot_be_read_are_refused(project: Project, content: bytes) -> None:
    (project.stack_config_dir / "Pulumi.hello.yaml").write_bytes(content)
    with pytest.raises(UsageProblem, match="cannot be read") as refused:
        read_stack_settings(project, "hello")
    assert "config:" in (refused.value.hint or "")


def test_encrypted_settings_stand_apart_and_are_opened_where_they_are(
    project: Project, file: Path
) -> None:
    # given
    file.write_text(
        "encryptionsalt: v1:salt\n"
        "config:\n"
        "  lab:token: {secure: v1:abc}\n"
        "  lab:login: {user: ada, keys: [{secure: v1:def}]}\n"
        "  lab:open: 5\n"
    )

    # when
    settings = read_stack_settings(project, "hello")

    # then
    assert settings.salt == "v1:salt"
    assert settings.plain == {"lab:open": "5"}
    opened = settings.opened(str.upper)
    assert opened["lab:token"] == "V1:ABC"
    assert json.loads(opened["lab:login"]) == {"user": "ada", "keys": ["V1:DEF"]}
    assert settings.as_written()["lab:token"] == '{"secure": "v1:abc"}'


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("config: {token: {secure: v1:abc}}\n", UsageProblem, "lab:token is encrypted"),
        ("configs: {}\n", UsageProblem, "configs is no key"),
        ("environment: [a]\n", NotSupportedYet, "environment"),
        ("secretsprovider: awskms://x\n", NotSupportedYet, "awskms"),
    ],
)
def test_what_a_file_of_settings_cannot_say_is_refused_by_name(
    project: Project, *, text: str, error: type[Exception], words: str
) -> None:
    settings_file(project, "hello").write_text(text)
    with pytest.raises(error, match=words) as refused:
        read_stack_settings(project, "hello")
    assert "v1:abc" not in str(refused.value)
