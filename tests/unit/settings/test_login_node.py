"""A login node starts jobs and runs none of its own accord."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import LOCAL, Settings
from cloudmesh_iac.settings.login_node import default_site_on, is_login_node, restrained
from cloudmesh_iac.settings.sites import Site

HERE = Path("/project")


def settings(default: str = LOCAL, **kinds: str) -> Settings:
    sites = {
        SiteName(name): Site(SiteName(name), kind, HERE)
        for name, kind in {"local": "local", **kinds}.items()
    }
    return Settings(HERE, sites, SiteName(default), Limits())


@pytest.mark.parametrize(
    ("scheduler", "host", "is_one"),
    [
        (None, "login1", False),
        ("", "login1", False),
        ("login1", "login1", False),
        ("login1.iu.edu", "login1", False),
        ("head", "head.iu.edu", False),
        ("controller", "login1", True),
        ("login10", "login1", True),
    ],
)
def test_a_login_node_is_where_the_scheduler_is_not(
    scheduler: str | None, host: str, *, is_one: bool
) -> None:
    assert is_login_node(scheduler, host) is is_one


@pytest.mark.parametrize(
    ("known", "scheduler", "site"),
    [
        (settings(), None, "local"),
        (settings(big="slurm"), None, "local"),
        (settings(big="slurm"), "login1", "local"),
        (settings(sim="simulated", big="slurm", other="slurm"), "controller", "big"),
        (settings(sim="simulated"), "controller", "local"),
        (settings("sim", sim="simulated", big="slurm"), "controller", "sim"),
    ],
)
def test_on_a_login_node_the_default_site_is_the_scheduler(
    known: Settings, scheduler: str | None, site: str
) -> None:
    assert default_site_on(known, scheduler_host=scheduler, host="login1") == site


def test_the_local_site_is_off_unless_it_was_asked_for() -> None:
    # given
    site = Site(LOCAL, "local", HERE, {"slots": 8, "workdir": "jobs"}, "cloudmesh.yaml")

    # when
    off, small = restrained(site, asked_for=False), restrained(site, asked_for=True)

    # then
    assert off.options == {"slots": 8, "workdir": "jobs", "off": True}
    assert "login node" in off.origin
    assert small.options == {"slots": 1, "workdir": "jobs", "nice": 10, "max_walltime_s": 600}
    assert small.origin == "cloudmesh.yaml"
