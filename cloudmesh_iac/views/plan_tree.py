"""Which thing stands below which component?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.urns import Urn, name_of, type_of
from cloudmesh_iac.views.items import PLAIN_VERBS, Item, is_level
from cloudmesh_iac.views.words import AROUND_ONE_THING, Verb, is_job


@dataclass(slots=True)
class Branch:
    """A component with what is in it; the root has no urn. `counts` are those of all below."""

    urn: Urn | None = None
    verb: Verb = Verb.SAME
    items: list[Item] = field(default_factory=list)
    branches: list["Branch"] = field(default_factory=list)
    counts: Counter[Verb] = field(default_factory=Counter)

    @property
    def is_quiet(self) -> bool:
        return all(verb.is_quiet for verb in self.counts) and self.verb.is_quiet


def tree_of(changes: Iterable[Change], items: Iterable[Item]) -> Branch:
    """Return the root, with all that has a line below it, in the order of the changes.

    Left out: the stack, the experiment, components in which nothing happens, and the component
    around a single job, or machine, of the same name.
    """
    tree = _Tree({change.urn: change for change in changes if change.action is not Action.DELETE})
    for urn in tree.changes:
        tree.branch_of(urn)
    for item in items:
        tree.put(item)
    for branch in (tree.root, *tree.found.values()):
        branch.branches = [child for child in branch.branches if not child.is_quiet]
        branch.items += [child.items[0] for child in branch.branches if _is_frame(child)]
        branch.branches = [child for child in branch.branches if not _is_frame(child)]
    return tree.root


@dataclass(slots=True)
class _Tree:
    changes: Mapping[Urn, Change]
    root: Branch = field(default_factory=Branch)
    found: dict[Urn, Branch] = field(default_factory=dict)

    def put(self, item: Item) -> None:
        branch = self.branch_of(item.parent)
        if branch.urn and is_job(item.urn) and name_of(branch.urn) == name_of(item.urn):
            branch.verb = Verb.SAME
            branch = self._above(branch.urn)
        branch.items.append(item)
        while branch.urn:
            branch.counts[item.verb] += 1
            branch = self._above(branch.urn)

    def branch_of(self, urn: Urn | None) -> Branch:
        """Return the branch of the nearest component; it is made, with those above it."""
        if urn is None or urn not in self.changes or is_level(urn):
            return self.root
        change = self.changes[urn]
        if change.custom:
            return self.branch_of(change.parent)
        if urn not in self.found:
            self.found[urn] = Branch(urn, PLAIN_VERBS[change.action])
            self._above(urn).branches.append(self.found[urn])
        return self.found[urn]

    def _above(self, urn: Urn) -> Branch:
        return self.branch_of(self.changes[urn].parent)


def _is_frame(branch: Branch) -> bool:
    """Say whether a component holds nothing but the one thing that has its name."""
    if branch.urn is None or type_of(branch.urn) not in AROUND_ONE_THING:
        return False
    names = [name_of(item.urn) for item in branch.items]
    return names == [name_of(branch.urn)] and all(child.is_quiet for child in branch.branches)
