"""A login node, as far as this computer can play one: a stand-in for scontrol names another."""

from tests.integration.cli import Cmx
from tests.rigs.scripted.program import install
from tests.rigs.scripted.script import VARIABLE, Script, ScriptFolder

STAND_IN = """#!/bin/sh
echo "Slurmctld(primary) at controller.example is UP"
"""
JOB = """
import cloudmesh_iac as cmx

cmx.Job("work", command="hostname", walltime="1m", on={site!r})
"""


def on_a_login_node(cmx: Cmx) -> Cmx:
    """Return the project with a stand-in for scontrol in front of the PATH, and an sbatch."""
    commands = cmx.folder / "stand-in-for-slurm"
    commands.mkdir()
    for name in ("scontrol", "sbatch"):
        (commands / name).write_text(STAND_IN)
        (commands / name).chmod(0o755)
    path = f"{commands}:{cmx.environment.get('PATH', '/usr/bin:/bin')}"
    return Cmx(cmx.folder, {**cmx.environment, "PATH": path})


def test_a_login_node_runs_no_job_of_its_own_accord(cmx: Cmx) -> None:
    # given
    login = on_a_login_node(cmx)
    login.program(JOB.format(site="local"))

    # when
    refused = login("up", "--yes", code=1)

    # then
    assert "this is a login node; --on local" in refused.stderr
    assert not login.store.exists()


def test_the_default_site_of_a_login_node_is_its_scheduler(cmx: Cmx) -> None:
    # given
    login = on_a_login_node(cmx)
    login.program(JOB.format(site=None))

    # when
    shown = login("preview", "--json")

    # then
    assert {change["site"] for change in shown.json()["changes"] if change.get("site")} == {"slurm"}


def test_a_job_runs_on_a_login_node_when_somebody_says_so(cmx: Cmx) -> None:
    # given
    login = on_a_login_node(cmx)
    login.program(JOB.format(site=None))

    # when
    ran = login("up", "--on", "local", "--yes", "--wait")

    # then
    assert "1 created" in ran.stdout


def test_no_plugin_is_started_on_a_login_node_unless_its_administrator_says_so(cmx: Cmx) -> None:
    # given
    script = ScriptFolder(cmx.folder / "script")
    script.write(Script())
    install(cmx.home / ".pulumi" / "plugins")
    login = on_a_login_node(cmx)
    login.environment[VARIABLE] = str(script.folder)
    login.program(
        """
        import pulumi

        class Thing(pulumi.CustomResource):
            def __init__(self, name):
                options = pulumi.ResourceOptions(version="1.2.3")
                super().__init__("test:index:Thing", name, {}, options)

        Thing("a")
        """
    )

    # when
    refused = login("preview", code=1)
    login.write("host.yaml", "plugins: {on_login_node: true}")
    allowed = login("preview", environment={"CMX_HOST_FILE": str(login.project / "host.yaml")})

    # then
    assert "no plugin is started on a login node" in refused.all
    assert "1 to create" in allowed.stdout
