"""The same resources, declared once for Pulumi's SDK and once for Terraform."""

from pathlib import Path

PROJECT = "name: bench\nruntime: python\n"

# The class stands in a module of its own: state then names it, and does not hold its code.
THINGS = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult(f"id-{props['number']}", props)

    def diff(self, id_, olds, news):
        return DiffResult(changes=olds["value"] != news["value"])

    def update(self, id_, olds, news):
        return UpdateResult(news)


class Thing(Resource):
    def __init__(self, name, number, value):
        super().__init__(ThingProvider(), name, {"number": number, "value": value})


def declare(count, edit):
    for number in range(count):
        Thing(f"thing-{number}", number, f"value-{number}-{0 if number else edit}")
"""

MANY = """
import pulumi
from things import declare

config = pulumi.Config()
declare(config.require_int("count"), config.require_int("edit"))
"""

TERRAFORM = """
variable "total" { type = number }
variable "edit" { type = number }

resource "terraform_data" "thing" {
  count = var.total
  input = "value-${count.index}-${count.index == 0 ? var.edit : 0}"
}
"""


def write_programs(folder: Path) -> None:
    """Write the Pulumi project: `many.py` is its program, `things.py` the module it uses."""
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "things.py").write_text(THINGS.lstrip())
    (folder / "many.py").write_text(MANY.lstrip())
