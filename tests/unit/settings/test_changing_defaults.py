"""Defaults in settings files, and who has the last word."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.changing_defaults import checked_key, settle_default
from cloudmesh_iac.settings.defaults import AllDefaults
from cloudmesh_iac.settings.files import read_settings


def test_a_default_is_written_and_what_else_is_there_stays(tmp_path: Path) -> None:
    # given
    file = tmp_path / "cloudmesh.yaml"
    file.write_text("# mine\nsites:\n  a: {kind: simulated}  # a site\n")

    # when
    settle_default(file, "image", "rocky-9", site=None)
    settle_default(file, "cpus", "4", site="a")
    settle_default(file, "security_groups", "ssh,web", site=None)

    # then
    default = read_settings(file).default
    assert (default.image, default.sites["a"].cpus) == ("rocky-9", 4)
    assert default.security_groups == ["ssh", "web"]
    assert file.read_text().startswith("# mine\nsites:\n  a: {kind: simulated}  # a site\n")


def test_an_empty_value_takes_a_default_out(tmp_path: Path) -> None:
    file = tmp_path / "cloudmesh.yaml"
    settle_default(file, "image", "rocky-9", site=None)
    settle_default(file, "image", "", site=None)
    assert read_settings(file).default.image is None


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [("cpus", "two", "valid integer"), ("names", "{user}", "without {counter}")],
)
def test_a_value_that_does_not_fit_changes_nothing(
    tmp_path: Path, key: str, value: str, *, words: str
) -> None:
    file = tmp_path / "cloudmesh.yaml"
    with pytest.raises(UsageProblem, match=words):
        settle_default(file, key, value, site=None)
    assert not file.exists()


def test_a_key_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageProblem) as refused:
        checked_key("flavour")
    assert refused.value.hint == "did you mean 'flavor'?"


def test_what_is_said_of_a_site_counts_more_than_what_is_said_later_of_all(tmp_path: Path) -> None:
    # given
    files = []
    for name, text in (
        ("person", "{image: a, flavor: p, sites: {s: {image: b}}}"),
        ("project", "{image: c, sites: {other: {image: d}}}"),
    ):
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"default: {text}\n")
        files.append((file.name, read_settings(file).default))
    defaults = AllDefaults(files)

    # then
    settled = {site: defaults.of("image", site) for site in ("s", "other", "third")}
    assert {site: one.value for site, one in settled.items() if one} == {
        "s": "b",
        "other": "d",
        "third": "c",
    }
    flavor = defaults.of("flavor", "s")
    assert flavor is not None
    assert flavor.origin == "default in person.yaml"
    assert defaults.of("login", "s") is None
