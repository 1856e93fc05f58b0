"""What was decided for a thing: said with the thing, not as something of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.urns import Urn, name_of, type_of
from cloudmesh_iac.core.values import Secret, Unknown, Value
from cloudmesh_iac.views.items import Item, items_of
from cloudmesh_iac.views.words import CHOICE, Verb, one_line

_OF_ITSELF = "program"  # what the program says needs no telling
_QUIET = ("owner", "public_key")


def things_of(changes: Sequence[Change]) -> list[Item]:
    """Return what a person has lines for, in the order of the plan."""
    return with_choices(items_of(changes), changes)


def with_choices(items: Iterable[Item], changes: Iterable[Change]) -> list[Item]:
    """Return the things with what was decided for them; a choice stands alone only where it does.

    That is where it changes and its thing does not.
    """
    items = list(items)
    chosen = {_place(change.urn, change.parent): change for change in changes if _is(change.urn)}
    if not chosen:
        return items
    loud = {
        _place(item.urn, item.parent)
        for item in items
        if not _is(item.urn) and not item.verb.is_quiet
    }
    told = []
    for item in items:
        place = _place(item.urn, item.parent)
        if _is(item.urn):
            if item.verb is Verb.UPDATE and place not in loud:
                told.append(item)
        elif item.verb is Verb.CREATE and place in chosen:
            told.append(replace(item, facts=tuple(_facts(chosen[place]))))
        else:
            told.append(item)
    return told


def _is(urn: Urn) -> bool:
    return type_of(urn) == CHOICE


def _place(urn: Urn, parent: Urn | None) -> tuple[Urn | None, str]:
    return parent, name_of(urn)


def _facts(change: Change) -> Iterable[str]:
    name = change.inputs.get("name")
    if isinstance(name, str) and change.inputs.get("kind") != "floatingip":
        yield f"name {one_line(name)}"
    found, origins = change.inputs.get("found"), change.inputs.get("origins")
    if not isinstance(found, Mapping) or not isinstance(origins, Mapping):
        return
    for key, value in found.items():
        origin = origins.get(key)
        if key == "public_key" and isinstance(origin, str) and origin != _OF_ITSELF:
            yield f"public key of {one_line(origin)}"
        if key not in _QUIET and origin != _OF_ITSELF:
            yield f"{key} {_shown(value)} ({one_line(str(origin))})"


def _shown(value: Value) -> str:
    if isinstance(value, Unknown | Secret):
        return "not known yet"
    return one_line(str(value))
