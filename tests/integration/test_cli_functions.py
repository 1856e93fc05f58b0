"""Programs call functions, plainly and for outputs, and give changes their time."""

from pathlib import Path

from tests.integration.cli import Cmx

PROVIDER = """
import threading
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

LOG = "LOG_FILE"


class BoxProvider(ResourceProvider):
    def create(self, props):
        if props["takes"]:
            open(LOG, "w").close()
            threading.Event().wait(props["takes"])
        return CreateResult("id-" + props["name"], {**props, "area": 4})


class Box(Resource):
    area: pulumi.Output[float]

    def __init__(self, name, opts=None, takes=0):
        super().__init__(BoxProvider(), name, {"name": name, "takes": takes, "area": None}, opts)
"""


def write(cmx: Cmx, program: str) -> Path:
    log = cmx.folder / "log"
    cmx.program(f"{PROVIDER.replace('LOG_FILE', str(log))}\n{program}", "boxes")
    return log


def test_functions_are_called_when_what_they_need_is_there(cmx: Cmx) -> None:
    # given
    write(
        cmx,
        """
box = Box("one")
found = pulumi.runtime.invoke_output("pulumi:pulumi:getResource", {"urn": box.urn})
pulumi.export("area", pulumi.Output.unsecret(found["state"]["area"]))
""",
    )

    # when
    plan = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes")

    # then
    assert "1 to create" in plan.stdout
    assert cmx("outputs", "boxes", "--json").json() == {"area": 4}


def test_a_program_may_handle_a_function_that_fails(cmx: Cmx) -> None:
    # given
    write(
        cmx,
        """
try:
    pulumi.runtime.invoke("pulumi:pulumi:getResource", {"urn": "urn:pulumi:no::no::no::no"})
except Exception as error:
    pulumi.export("said", str(error))
""",
    )

    # when
    cmx("up", "boxes", "--yes")

    # then
    (said,) = cmx("outputs", "boxes", "--json").json().values()
    assert said.startswith("invoke of pulumi:pulumi:getResource failed: unknown resource urn:")


def test_functions_of_a_package_without_a_plugin_end_with_one_clear_error(cmx: Cmx) -> None:
    write(cmx, "pulumi.runtime.invoke('aws:ec2/getAmi:getAmi', {})\n")
    said = cmx("preview", "boxes", code=1)
    assert "the plugin aws is not here (looked in " in said.error[0]
    assert "cloudmesh_iac" not in said.stderr


def test_transforms_of_invokes_see_them_first(cmx: Cmx) -> None:
    # given
    write(
        cmx,
        """
def redirect(args):
    return pulumi.InvokeTransformResult({"urn": "urn:pulumi:x::x::x::changed"}, args.opts)


pulumi.runtime.register_invoke_transform(redirect)
pulumi.runtime.invoke("pulumi:pulumi:getResource", {"urn": "urn:pulumi:x::x::x::first"})
""",
    )

    # when
    said = cmx("preview", "boxes", code=1)

    # then
    assert "x::changed" in said.stderr
    assert "x::first" not in said.error[0]


def test_a_change_that_takes_too_long_has_failed_and_may_have_happened(cmx: Cmx) -> None:
    # given
    log = write(
        cmx,
        """
limits = pulumi.CustomTimeouts(create="1s")
Box("slow", pulumi.ResourceOptions(custom_timeouts=limits), takes=30)
Box("quick", pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="10m")))
""",
    )

    # when
    said = cmx("up", "boxes", "--yes", code=1)

    # then
    assert log.exists()
    assert "its create did not end within 1 s" in said.stdout
    assert "resource slow" in said.stdout
    assert "1 created" in said.stdout or "quick" in said.stdout


def test_a_timeout_that_is_no_duration_is_refused(cmx: Cmx) -> None:
    write(
        cmx,
        "Box('one', pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create='ten')))\n",
    )
    said = cmx("preview", "boxes", code=1)
    assert "one" in said.error[0]
    assert "'ten' is no duration" in said.stderr
