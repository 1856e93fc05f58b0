"""Functions that a program registers with the engine change what it declares."""

from typing import Any

from tests.integration.cli import Cmx

PROVIDER = """
import pulumi
from pulumi import ResourceOptions, ResourceTransformArgs, ResourceTransformResult
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class BoxProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(f"box-{props['size']:.0f}", {**props, "area": props["size"] ** 2})


class Box(Resource):
    area: pulumi.Output[float]
    size: pulumi.Output[float]
    tags: pulumi.Output[list]

    def __init__(self, name, size, opts=None):
        props = {"size": size, "tags": [], "area": None}
        super().__init__(BoxProvider(), name, props, opts)


class Shelf(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("demo:index:Shelf", name, opts=opts)
        self.box = Box("inner", 2, opts=ResourceOptions(parent=self))
        self.register_outputs({})


def tagged(tag):
    def transform(args: ResourceTransformArgs):
        if "size" not in args.props:
            return None
        props = {**args.props, "tags": [*args.props["tags"], tag]}
        return ResourceTransformResult(props, args.opts)

    return transform
"""


def write(cmx: Cmx, program: str) -> None:
    cmx.program(f"{PROVIDER}\n{program}", "boxes")


def outputs(cmx: Cmx) -> Any:
    return cmx("outputs", "boxes", "--json").json()


def test_transforms_run_from_the_resource_outwards(cmx: Cmx) -> None:
    # given
    write(
        cmx,
        """
pulumi.runtime.register_resource_transform(tagged("stack"))
shelf = Shelf("shelf", ResourceOptions(transforms=[tagged("shelf")]))
own = Box("own", 3, ResourceOptions(parent=shelf, transforms=[tagged("own")]))
pulumi.export("inner", shelf.box.tags)
pulumi.export("own", own.tags)
""",
    )

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert outputs(cmx) == {"inner": ["shelf", "stack"], "own": ["own", "shelf", "stack"]}
    assert "nothing to change" in cmx("up", "boxes", "--yes").stdout


def test_a_transform_changes_options_and_sees_values_that_are_not_known_yet(cmx: Cmx) -> None:
    # given: the second box has the area of the first one, and a transform that awaits
    write(
        cmx,
        """
async def protected(args):
    size = pulumi.Output.from_input(args.props["size"])
    props = {**args.props, "size": size.apply(lambda known: known + 1)}
    options = ResourceOptions.merge(args.opts, ResourceOptions(protect=True))
    return ResourceTransformResult(props, options)


first = Box("first", 2)
second = Box("second", first.area, ResourceOptions(transforms=[protected]))
pulumi.export("size", second.size)
""",
    )

    # when
    plan = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes")

    # then
    assert "2 to create" in plan.stdout
    assert outputs(cmx) == {"size": 5}
    refused = cmx("destroy", "boxes", "--yes", code=1)
    assert refused.error[0].startswith("error: second (stacks/boxes.py:")
    assert "it is protected" in refused.error[0]


def test_a_transform_that_fails_names_its_resource_and_its_own_line(cmx: Cmx) -> None:
    # given
    write(
        cmx,
        """
def broken(args):
    raise ValueError("no such thing")


Box("one", 2, ResourceOptions(transforms=[broken]))
""",
    )

    # when
    said = cmx("preview", "boxes", code=1)

    # then
    assert "one (stacks/boxes.py:" in said.stderr
    assert "a transform failed: no such thing" in said.stderr
    assert "in broken" in said.stderr
    assert "grpc" not in said.stderr
    assert "cloudmesh_iac" not in said.stderr


def test_functions_of_the_program_can_be_called_by_nobody_else(cmx: Cmx) -> None:
    # given: a program that looks for the ports it has open
    write(
        cmx,
        """
import os


def ports():
    inodes = {os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")
              if os.path.exists(f"/proc/self/fd/{one}")}
    listening = []
    for kind in ("tcp", "tcp6"):
        for line in open(f"/proc/net/{kind}").read().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                listening.append(words[1])
    return listening


seen = []


def looking(args):
    seen.append(ports())


box = Box("one", 2, ResourceOptions(transforms=[looking]))
pulumi.export("ports", box.area.apply(lambda _: seen))
""",
    )

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert outputs(cmx) == {"ports": [[]]}
