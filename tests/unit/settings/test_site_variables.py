"""What a plugin may be handed: variables, and secrets of sites."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.site_variables import SiteVariables
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer

SECRET = "CMX_LAB_OS_PASSWORD"


@pytest.fixture
def variables(tmp_path: Path) -> SiteVariables:
    """Those of a site with a password, behind one whose settings are wrong."""
    openrc = tmp_path / "lab.sh"
    openrc.write_text("OS_AUTH_URL=https://lab.example/v3\nOS_PASSWORD=hunter2\n")
    broken = Site(SiteName("broken"), "openstack", tmp_path, {"clod": "lab"})
    lab = Site(SiteName("lab"), "openstack", tmp_path, {"openrc": str(openrc)})
    sites = {one.name: one for one in (broken, lab)}
    settings = Settings(tmp_path, sites, lab.name, Limits())
    return SiteVariables({"OS_CLOUD": "lab"}, OpenSites(settings, a_computer(tmp_path)))


def test_a_secret_is_had_although_another_site_is_wrong(variables: SiteVariables) -> None:
    assert variables[SECRET] == "hunter2"


def test_a_wrong_site_is_told_when_no_other_has_the_secret(variables: SiteVariables) -> None:
    with pytest.raises(UsageProblem, match="site broken has wrong settings"):
        variables["CMX_BROKEN_OS_PASSWORD"]


def test_a_variable_is_the_persons_own(variables: SiteVariables) -> None:
    assert variables["OS_CLOUD"] == "lab"
    assert variables.get("HOME") is None
