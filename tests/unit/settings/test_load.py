"""Host, person and project together: who says more, and what nobody can take off."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.load import OpenSites, Settings, load, load_settings
from tests.builders import a_computer


class Files:
    """The three settings files of one person on one host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.files = {
            "host": folder / "etc" / "site.yaml",
            "person": folder / "home" / ".cloudmesh" / "cloudmesh.yaml",
            "project": self.project / "cloudmesh.yaml",
        }
        for file in self.files.values():
            file.parent.mkdir(parents=True)
        (self.project / "Pulumi.yaml").write_text("name: lab\n")

    def say(self, whose: str, **content: Any) -> None:
        self.files[whose].write_text(yaml.safe_dump(content))

    def load(self, start: Path | None = None, **environment: str) -> Settings:
        given = {"CMX_HOST_FILE": str(self.files["host"]), "PATH": "", **environment}
        home = self.folder / "home"
        computer = replace(a_computer(), environment=given, home=home)
        return load_settings(computer, start or self.project)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def options(settings: Settings, name: str) -> Mapping[str, object]:
    return settings.site(name).options


def test_without_files_there_is_this_computer(files: Files) -> None:
    # when
    settings = files.load()

    # then
    assert list(settings.sites) == ["local"]
    assert settings.default_site == "local"
    assert settings.site("local").origin == "built in"
    assert settings.project_dir == files.project


def test_an_sbatch_on_the_path_is_a_site_without_an_entry(files: Files) -> None:
    # given
    sbatch = files.folder / "bin" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text("#!/bin/sh\n")
    sbatch.chmod(0o755)

    # then
    assert files.load(PATH=str(sbatch.parent)).site("slurm").kind == "slurm"
    files.say("host", limits={"poll_s": 60})
    assert options(files.load(PATH=str(sbatch.parent)), "slurm") == {"poll_s": 60}


def test_of_all_limits_on_requests_the_lowest_holds(files: Files) -> None:
    assert files.load().limits.requests is None
    files.say("host", limits={"requests": 8})
    files.say("person", limits={"requests": 20})
    assert files.load().limits.requests == 8
    files.say("project", limits={"requests": 2})
    assert files.load().limits.requests == 2


@pytest.mark.parametrize(
    ("speakers", "winner"),
    [
        (["host"], "host"),
        (["host", "person"], "person"),
        (["host", "project"], "project"),
        (["person", "project"], "project"),
        (["host", "person", "project"], "project"),
    ],
)
def test_the_project_says_more_than_the_person_and_the_person_more_than_the_host(
    files: Files, speakers: list[str], winner: str
) -> None:
    # given
    for speaker in speakers:
        site = {"kind": "slurm", "queue": speaker}
        files.say(speaker, sites={"big": site, speaker: site}, default={"site": speaker})

    # when
    settings = files.load()

    # then
    assert options(settings, "big") == {"queue": winner}
    assert settings.site("big").origin == str(files.files[winner])
    assert settings.default_site == winner
    assert {*speakers, "big", "local"} == set(settings.sites)


def test_the_environment_chooses_the_default_site(files: Files) -> None:
    files.say("project", default={"site": "big"}, sites={"big": {"kind": "slurm"}})
    assert files.load(CMX_DEFAULT_SITE="local").default_site == "local"


def test_the_project_is_looked_for_upwards(files: Files) -> None:
    # given
    below = files.project / "stacks" / "deep"
    below.mkdir(parents=True)
    files.say("project", sites={"big": {"kind": "slurm"}})

    # then
    assert "big" in files.load(below).sites
    assert files.load(files.folder).project_dir == files.folder
    assert "big" in files.load(files.folder, CMX_PROJECT_DIR=str(below)).sites


@pytest.mark.parametrize(
    ("limit", "asked", "poll_s"),
    [(60, 15, 60.0), (60, 90, 90.0), (60, None, 60.0), (None, 15, 15), (60, "soon", "soon")],
)
def test_a_person_can_only_ask_a_site_less_often(
    files: Files, *, limit: float | None, asked: object, poll_s: object
) -> None:
    # given
    files.say("host", limits={"poll_s": limit})
    files.say("person", sites={"big": {"kind": "slurm"} | ({"poll_s": asked} if asked else {})})

    # then
    assert options(files.load(), "big") == {"poll_s": poll_s}


def test_the_strictest_limit_holds(files: Files) -> None:
    # given
    files.say("host", limits={"poll_s": 30})
    files.say("person", limits={"poll_s": 60, "local": False})
    files.say("project", limits={"poll_s": 10, "local": True}, sites={"big": {"kind": "slurm"}})

    # when
    settings = files.load()

    # then
    assert (settings.limits.poll_s, settings.limits.local) == (60, False)
    assert options(settings, "local") == {"off": True}
    assert settings.site("local").origin == str(files.files["person"])


def test_where_the_host_allows_no_local_jobs_nobody_gets_any(files: Files) -> None:
    # given
    files.say("host", limits={"local": False})
    files.say(
        "project",
        sites={
            "local": {"kind": "simulated", "slots": 2, "off": False},
            "mine": {"kind": "local"},
            "sim": {"kind": "simulated"},
        },
    )

    # when
    settings = files.load()

    # then
    assert (settings.site("local").kind, options(settings, "local")["off"]) == ("local", True)
    assert options(settings, "mine") == {"off": True}
    assert options(settings, "sim") == {}
    assert settings.site("mine").origin == str(files.files["host"])


def test_a_site_that_is_not_there_is_refused_with_the_nearest_name(files: Files) -> None:
    # given
    files.say("project", sites={"bigred": {"kind": "slurm"}})
    settings = files.load()

    # then
    with pytest.raises(UsageProblem, match="there is no site 'bigrad'") as refused:
        settings.site("bigrad")
    assert refused.value.hint == "did you mean 'bigred'?"
    with pytest.raises(UsageProblem) as refused:
        settings.site("mars")
    assert refused.value.hint == "configured sites: bigred, local"
    with pytest.raises(UsageProblem) as refused:
        settings.site("simulated")
    assert "`sites: {sim: {kind: simulated}}`" in str(refused.value.hint)


def test_each_site_has_one_provider_which_is_made_when_first_used(files: Files) -> None:
    # given
    files.say("project", sites={"sim": {"kind": "simulated"}, "bad": {"kind": "slurn"}})
    sites = OpenSites(files.load(), a_computer())

    # then
    provider = sites.provider("sim")
    assert isinstance(provider, SimulatedProvider)
    assert sites.provider(SiteName("sim")) is provider
    with pytest.raises(UsageProblem, match="no kind of site 'slurn'") as refused:
        sites.provider("bad")
    assert refused.value.hint == "did you mean 'slurm'?"


def test_threads_that_ask_at_once_get_the_same_provider(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a provider that is long in the making
    both = threading.Barrier(2)

    class Slow:
        def __init__(self, *_: object) -> None:
            with suppress(threading.BrokenBarrierError):
                both.wait(0.2)

    monkeypatch.setattr("cloudmesh_iac.settings.load.provider_class", lambda _kind: Slow)
    sites = OpenSites(files.load(), a_computer())

    # when
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(sites.provider, ["local", "local"])

    # then
    assert first is second


def test_a_process_reads_its_settings_once(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    files.say("project", sites={"sim": {"kind": "simulated"}})
    monkeypatch.setenv("HOME", str(files.folder / "home"))
    monkeypatch.setenv("CMX_PROJECT_DIR", str(files.project))
    load.cache_clear()

    # then
    try:
        assert "sim" in load().settings.sites
        files.say("project")
        assert "sim" in load().settings.sites
    finally:
        load.cache_clear()
