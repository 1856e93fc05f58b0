"""One settings file: what it may say, and what is wrong with it."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.files import Limits, SettingsFile, read_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cloudmesh.yaml"


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "{}"])
def test_a_file_that_is_not_there_or_empty_says_nothing(file: Path, text: str | None) -> None:
    if text is not None:
        file.write_text(text)
    assert read_settings(file) == SettingsFile()


def test_the_options_of_a_site_are_all_but_its_kind(file: Path) -> None:
    # given
    file.write_text(
        "default: {site: big}\n"
        "sites: {big: {kind: slurm, workdir: ~/jobs, poll_s: 20}}\n"
        "limits: {local: false, poll_s: 30}\n"
    )

    # when
    content = read_settings(file)

    # then
    assert content.default.site == "big"
    assert content.sites["big"].kind == "slurm"
    assert content.sites["big"].options() == {"workdir": "~/jobs", "poll_s": 20}
    assert content.limits == Limits(local=False, poll_s=30)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site: {}", "site: Extra inputs are not permitted (did you mean 'sites'?)"),
        ("defaults: {}", "defaults: Extra inputs are not permitted (did you mean 'default'?)"),
        ("default: {sit: x}", "default.sit: Extra inputs are not permitted (did you mean 'site'?)"),
        ("limits: {poll: 3}", "limits.poll: Extra inputs are not permitted"),
        ("zzz: 1", "zzz: Extra inputs are not permitted"),
        ("sites: {big: {}}", "sites.big.kind: Field required"),
        ("sites: {site: 4}", "sites.site: Input should be a valid dictionary or instance"),
        ("sites: [big]", "sites: Input should be a valid dictionary"),
        ("sites: {1: {kind: slurm}}", "sites.1.[key]: Input should be a valid string"),
        ("limits: {poll_s: soon}", "limits.poll_s: Input should be a valid number"),
        ("limits: {local: maybe}", "limits.local: Input should be a valid boolean"),
        ("- a\n- b", "it needs `default:` or `sites:`"),
        ("sites: {", "is not YAML: "),
        ("a: b: c", "is not YAML: "),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageProblem) as refused:
        read_settings(file)
    assert refused.value.message.startswith(str(file))
    assert says in refused.value.message
    assert "\n" not in refused.value.message


def test_every_wrong_key_is_named_at_once(file: Path) -> None:
    file.write_text("default: {sit: x}\nsites: {big: {}}\n")
    with pytest.raises(UsageProblem) as refused:
        read_settings(file)
    assert "default.sit" in refused.value.message
    assert "sites.big.kind" in refused.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    # given
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "plain").write_text("")

    # then
    for name, says in [
        ("folder", "cannot be read: Is a directory"),
        ("bytes", "is not a text file"),
        ("plain/below", "cannot be read: Not a directory"),
    ]:
        with pytest.raises(UsageProblem, match=says):
            read_settings(tmp_path / name)
