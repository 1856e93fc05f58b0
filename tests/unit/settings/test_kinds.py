"""Kinds of sites are found by their entry points."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.engine.abilities import FindsByToken
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch import resources
from cloudmesh_iac.providers.local.provider import LocalProvider
from cloudmesh_iac.providers.openstack.advice import Advice
from cloudmesh_iac.settings.kinds import adviser, finder, kinds, provider_class, resources_module
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site
from tests.builders import a_computer


def test_an_installed_kind_is_found_by_name() -> None:
    assert {"local", "simulated", "slurm"} <= set(kinds())
    assert provider_class("local") is LocalProvider
    assert resources_module("local") is resources


@pytest.mark.parametrize(
    ("kind", "hint"), [("slrum", "did you mean 'slurm'?"), ("zzz", "installed: cobbler, local, ")]
)
def test_a_kind_that_is_not_there_is_refused(kind: str, hint: str) -> None:
    with pytest.raises(UsageProblem, match=f"there is no kind of site '{kind}'") as refused:
        provider_class(kind)
    assert (refused.value.hint or "").startswith(hint)


_CLOUD = """
class Cloud:
    searches = {"cloud:index:Box": "token"}

    def __init__(self, computer):
        self.host = computer.host

    def search(self, ask):
        return "token"

    def find(self, ask):
        return ()
"""


def test_who_looks_for_what_a_package_made_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: what another distribution has installed
    (tmp_path / "cloud_of_a_test.py").write_text(_CLOUD)
    info = tmp_path / "cloud_of_a_test-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cloud-of-a-test\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[cloudmesh_iac.finders]\ncloud = cloud_of_a_test:Cloud\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    # when
    found = finder("cloud", a_computer(host="login9"))

    # then
    assert isinstance(found, FindsByToken)
    assert getattr(found, "host", None) == "login9"
    assert finder("clod", a_computer()) is None


def test_who_knows_more_about_a_package_is_found_by_its_entry_point() -> None:
    assert isinstance(adviser("openstack"), Advice)
    assert adviser("test") is None


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slots: int
    queue: str = "batch"


SITE = Site(SiteName("big"), "slurm", Path("/project"), origin="cloudmesh.yaml")


def test_every_wrong_key_of_a_site_is_named_at_once() -> None:
    # when
    with pytest.raises(UsageProblem) as refused:
        read_options(Wanted, SITE, {"slots": "many", "queu": "x"})

    # then
    assert refused.value.message.startswith("site big has wrong settings: slots: ")
    assert "queu: Extra inputs" in refused.value.message
    assert refused.value.place == "cloudmesh.yaml"
    assert refused.value.hint == "the keys of a slurm site are slots, queue"


def test_good_options_are_read() -> None:
    assert read_options(Wanted, SITE, {"slots": 2}) == Wanted(slots=2)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("~/jobs", "/home/ada/jobs"),
        ("~", "/home/ada"),
        ("jobs", "/project/jobs"),
        ("/scratch/jobs", "/scratch/jobs"),
    ],
)
def test_a_path_is_meant_from_home_or_project(path: str, meant: str) -> None:
    assert absolute(Path(path), SITE, a_computer()) == Path(meant)
