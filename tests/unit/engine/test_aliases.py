"""A resource is found under the names that it had before, as Pulumi finds it."""

import pytest

from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.urns import ResourceType, Urn, make_urn
from cloudmesh_iac.engine.aliases import former_urns
from tests.builders import STACK, a_registration

GROUP = ResourceType("test:index:Group")
THING = ResourceType("test:index:Thing")


def a_urn(
    name: str, *, type_: ResourceType = THING, parent: Urn | None = None, stack: str = STACK.name
) -> Urn:
    return make_urn(stack=stack, project=STACK.project, parent=parent, type_=type_, name=name)


PARENT = a_urn("new", type_=GROUP)
OLD_PARENT = a_urn("old", type_=ResourceType("test:index:Team"))


@pytest.mark.parametrize(
    ("alias", "found"),
    [
        (Alias(urn=Urn("urn:whole")), Urn("urn:whole")),
        (Alias(name="was"), a_urn("was")),
        (Alias(type="test:index:Disk"), a_urn("now", type_=ResourceType("test:index:Disk"))),
        (Alias(stack="other"), a_urn("now", stack="other")),
        (Alias(parent=PARENT), a_urn("now", parent=PARENT)),
    ],
)
def test_an_alias_says_what_was_different(alias: Alias, found: Urn) -> None:
    registration = a_registration("now", type_=THING, options=Options(aliases=(alias,)))
    assert former_urns(registration, STACK, {}) == (found,)


def test_an_alias_without_parent_stood_below_the_stack() -> None:
    options = Options(aliases=(Alias(no_parent=True),))
    registration = a_registration("now", type_=THING, parent=PARENT, options=options)
    assert former_urns(registration, STACK, {}) == (a_urn("now"),)


def test_a_child_inherits_the_old_name_of_its_parent() -> None:
    registration = a_registration("disk", type_=THING, parent=PARENT)
    found = former_urns(registration, STACK, {PARENT: OLD_PARENT})
    assert found == (a_urn("disk", parent=OLD_PARENT),)


def test_a_name_made_from_the_parents_changed_with_it() -> None:
    registration = a_registration("new-disk", type_=THING, parent=PARENT)
    found = former_urns(registration, STACK, {PARENT: OLD_PARENT})
    assert found == (a_urn("old-disk", parent=OLD_PARENT),)


def test_own_aliases_and_the_parents_old_name_go_together() -> None:
    options = Options(aliases=(Alias(name="was"),))
    registration = a_registration("disk", type_=THING, parent=PARENT, options=options)
    assert former_urns(registration, STACK, {PARENT: OLD_PARENT}) == (
        a_urn("was", parent=PARENT),
        a_urn("disk", parent=OLD_PARENT),
        a_urn("was", parent=OLD_PARENT),
    )


def test_an_alias_below_a_renamed_parent_means_its_old_name() -> None:
    options = Options(aliases=(Alias(name="was", parent=PARENT),))
    registration = a_registration("now", type_=THING, options=options)
    found = former_urns(registration, STACK, {PARENT: OLD_PARENT})
    assert found == (a_urn("was", parent=OLD_PARENT),)
