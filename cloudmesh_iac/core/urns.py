"""Stable names of resources."""

from itertools import groupby
from typing import NewType

Urn = NewType("Urn", str)
ResourceType = NewType("ResourceType", str)

STACK_TYPE = ResourceType("pulumi:pulumi:Stack")
DYNAMIC_PREFIX = "pulumi-python:dynamic"
JOB_START_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Submission")  # a job has two records
JOB_END_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Completion")
ALLOCATION_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Allocation")  # so have leased machines
INSTALLATION_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Installation")
REACH_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Reach")  # a machine that answers
CHOICE_TYPE = ResourceType(f"{DYNAMIC_PREFIX}/cmx:Choice")
_PARTS = 4  # urn:pulumi:<stack> :: <project> :: <types> :: <name>, and a name may hold "::"


def make_urn(
    *, stack: str, project: str, parent: Urn | None, type_: ResourceType, name: str
) -> Urn:
    """Build a URN; the parent's types are a prefix, except when the parent is the stack."""
    types = str(type_)
    if parent is not None and type_of(parent) != STACK_TYPE:
        types = f"{qualified_type_of(parent)}${types}"
    return Urn(f"urn:pulumi:{stack}::{project}::{types}::{name}")


def qualified_type_of(urn: Urn) -> str:
    return urn.split("::", _PARTS - 1)[2]


def type_of(urn: Urn) -> ResourceType:
    return ResourceType(qualified_type_of(urn).rsplit("$", 1)[-1])


def name_of(urn: Urn) -> str:
    return urn.split("::", _PARTS - 1)[3]


def short_type(type_: ResourceType) -> str:
    """Return the last word of a type, in lower case: `cmx:index:Sweep` is `sweep`."""
    return type_.replace("/", ":").rpartition(":")[2].lower()


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts `n=8` before `n=16`.

    Each piece is (0, number, digits) or (1, 0, text), so that pieces of two kinds can be compared.
    """
    pieces = ("".join(group) for _, group in groupby(text, str.isdecimal))
    return tuple((0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in pieces)
