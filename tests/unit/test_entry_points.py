"""What others find by name: kinds of sites, and the handlers that state is stored with."""

import base64
import tomllib
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import dill
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from cloudmesh_iac.components.declaring import Declares
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.urns import CHOICE_TYPE, JOB_END_TYPE, JOB_START_TYPE, REACH_TYPE
from cloudmesh_iac.engine.abilities import RunsJobs, Waits
from cloudmesh_iac.engine.booting import BootsMachines
from cloudmesh_iac.engine.node_abilities import MakesNodes
from cloudmesh_iac.providers.cobbler.handlers import record_handlers
from cloudmesh_iac.providers.nodes.handlers import thing_handlers
from cloudmesh_iac.settings.kinds import late_handlers, resources_module
from cloudmesh_iac.settings.load import OpenSites, load_settings
from cloudmesh_iac.settings.sites import Site
from cloudmesh_iac.views import words
from tests.contract.jobs import a_computer

HERE = Path(__file__).parent
GROUP = "cloudmesh_iac.providers"
PATHS = (HERE / "handler_paths.txt").read_text().splitlines()
# What a site of a kind cannot do without.
_NEEDED = {"cobbler": {"url": "http://127.0.0.1:25151", "secret": {"env": "COBBLER"}}}
KINDS = sorted(entry_points(group=GROUP), key=lambda point: point.name)


def test_every_kind_of_the_project_is_installed() -> None:
    written = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())
    assert written["project"]["entry-points"][GROUP] == {one.name: one.value for one in KINDS}


@pytest.mark.parametrize("point", KINDS, ids=lambda point: point.name)
def test_a_kind_loads_and_has_resources_for_components(point: EntryPoint, tmp_path: Path) -> None:
    # when
    kind = point.load()

    # then
    assert kind.kind == point.name
    resources = resources_module(point.name)
    options = _NEEDED.get(point.name, {})
    provider = kind(Site(SiteName("s"), point.name, tmp_path, options), a_computer(tmp_path))
    assert isinstance(provider, RunsJobs | MakesNodes | BootsMachines)
    assert isinstance(provider, RunsJobs) == callable(getattr(resources, "declare_job", None))
    assert isinstance(provider, RunsJobs) == isinstance(provider, Waits)
    assert isinstance(provider, MakesNodes) == isinstance(resources, Declares)


# --- handlers are a file format -------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_a_handler_stays_where_stored_state_looks_for_it(path: str) -> None:
    module, _, name = path.partition(":")
    handler = getattr(import_module(module), name)
    assert issubclass(handler, ResourceProvider)
    assert (handler.__module__, handler.__qualname__) == (module, name)


@pytest.mark.parametrize("path", PATHS)
def test_a_handler_is_stored_as_its_path_and_nothing_else(path: str) -> None:
    # given
    module, _, name = path.partition(":")
    handler = getattr(import_module(module), name)()

    # when
    text = serialize_provider(handler)

    # then
    assert len(text) < 200
    pickle = base64.b64decode(text)
    assert module.encode() in pickle
    assert name.encode() in pickle
    assert isinstance(dill.loads(pickle), type(handler))
    assert handler.serialize_as_secret_always is False


def test_every_handler_is_on_the_list_which_may_only_grow() -> None:
    # given
    folder = HERE.parents[1] / "cloudmesh_iac" / "providers"
    modules = [f"{GROUP}.{file.parent.name}.handlers" for file in folder.glob("*/handlers.py")]

    # when
    found = {
        f"{module}:{name}"
        for module in modules
        for name, value in vars(import_module(module)).items()
        if isinstance(value, type)
        and issubclass(value, ResourceProvider)
        and value.__module__ == module
        and not name.startswith("_")
    }

    # then
    assert found == set(PATHS)


def test_the_types_of_machines_and_choices_stay(tmp_path: Path) -> None:
    sites = OpenSites(load_settings(a_computer(tmp_path), tmp_path), a_computer(tmp_path))
    things = ["Vm", "KeyPair", "Network", "Subnet", "Router", "SecurityGroup", "FloatingIp"]
    assert list(thing_handlers(sites)) == [f"pulumi-python:dynamic/cmx:{one}" for one in things]
    records = ["CobblerDistro", "CobblerProfile", "CobblerSystem"]
    assert list(record_handlers(sites)) == [f"pulumi-python:dynamic/cmx:{one}" for one in records]
    assert set(late_handlers(sites)) == {*thing_handlers(sites), *record_handlers(sites)}
    assert REACH_TYPE == "pulumi-python:dynamic/cmx:Reach"
    assert CHOICE_TYPE == words.CHOICE == "pulumi-python:dynamic/cmx:Choice"


def test_the_types_of_the_job_resources_stay() -> None:
    assert JOB_START_TYPE == "pulumi-python:dynamic/cmx:Submission"
    assert JOB_END_TYPE == "pulumi-python:dynamic/cmx:Completion"
