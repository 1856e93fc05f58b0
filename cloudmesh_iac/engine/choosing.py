"""Which resources take part in a run, and which are left as they are?"""

from collections.abc import Collection, Iterable, Sequence

from cloudmesh_iac.core.near_names import nearest
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.packages import is_provider_type
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.selection import EVERYTHING, Selection, Words
from cloudmesh_iac.core.urns import Urn, name_of, type_of
from cloudmesh_iac.engine.needs import needs_of, sources_of
from cloudmesh_iac.engine.order import sources_first
from cloudmesh_iac.errors import ExperimentError, UsageProblem


class Choice:
    """The rules of a selection. Source: engine 3.259, resource/deploy."""

    def __init__(self, selection: Selection = EVERYTHING) -> None:
        self.selection = selection
        self._targets = Words(selection.targets)
        self._excludes = Words(selection.excludes)
        self._replaces = Words(selection.replaces)

    def takes(self, registration: Registration, *, taken: set[Urn], left: set[Urn]) -> bool:
        """Say whether a declared resource takes part, and note which others follow it.

        `taken` and `left` are targets and excluded ones so far. The stack and provider resources
        always take part.
        """
        if not (self._targets or self._excludes):
            return True
        is_always = registration.is_stack or is_provider_type(registration.type)
        urn, needs = registration.urn, needs_of(registration)
        return self._takes(urn, needs, taken=taken, left=left, is_always=is_always)

    def _takes(
        self,
        urn: Urn,
        needs: Iterable[Urn],
        *,
        taken: set[Urn],
        left: set[Urn],
        is_always: bool = False,
    ) -> bool:
        if self._targets:
            follows = self.selection.target_dependents and not taken.isdisjoint(needs)
            is_target = self._targets.name(urn) or follows
            if is_target:
                taken.add(urn)
            return is_target or is_always
        if self._excludes and not is_always:
            follows = self.selection.exclude_dependents and not left.isdisjoint(needs)
            is_left = self._excludes.name(urn) or follows
            if is_left:
                left.add(urn)
            return not is_left
        return True

    def wants_new(self, urn: Urn) -> bool:
        """Say whether a person asks for a new object."""
        return self._replaces.name(urn)

    def looked_at(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """Return which records a refresh looks at."""
        everything = tuple(records)
        taken: set[Urn] = set()
        left: set[Urn] = set()
        chosen = {
            record.urn
            for record in sources_first(everything)
            if self._takes(record.urn, sources_of(record), taken=taken, left=left)
        }
        return tuple(record for record in everything if record.urn in chosen)

    def spared(self, snapshot: Snapshot) -> frozenset[Urn]:
        """Return what is not deleted even if nothing declares it any more."""
        everything = frozenset(record.urn for record in snapshot.records)
        if self._targets:
            targets = filter(self._targets.name, everything)
            return everything - _reached(targets, _users(snapshot.records))
        if self._excludes:
            excluded = filter(self._excludes.name, everything)
            needs = _needs(snapshot.records)
            if self.selection.exclude_dependents:
                for urn, users in _users(snapshot.records).items():
                    needs.setdefault(urn, set()).update(users)
            return _reached(excluded, needs)
        return frozenset()

    def raise_unmet(self, snapshot: Snapshot, declared: Collection[Urn] = ()) -> None:
        """Errors: UsageProblem for words that name nothing. What is replaced has to be recorded."""
        recorded = [record.urn for record in snapshot.records]
        known = [*recorded, *declared]
        unmet = [*self._targets.unmet(known), *self._excludes.unmet(known)]
        unmet += self._replaces.unmet(recorded)
        for word in self.selection.replaces:
            if "*" not in word:
                _raise_component(word, snapshot)
        if unmet:
            _raise_unknown(unmet, known)

    def raise_unmet_in(self, snapshot: Snapshot) -> None:
        """As `raise_unmet`, where no program declares anything.

        Errors: UsageProblem also for a choice among what was never recorded.
        """
        if self.selection.is_limited and not snapshot.serial:
            raise UsageProblem(
                f"{snapshot.stack} was never applied: there is nothing to choose from"
            )
        self.raise_unmet(snapshot)

    def raise_unchosen(self, changes: Iterable[Change]) -> None:
        """Errors: ExperimentError for what would have to go with a target and is none."""
        if not self._targets or self.selection.target_dependents:
            return
        going = {Action.DELETE, Action.FORGET}
        unchosen = [
            change.urn
            for change in changes
            if change.action in going and not self._targets.name(change.urn)
        ]
        if unchosen:
            raise ExperimentError(
                "\n".join(
                    f"{name_of(urn)} stands on a target and would be deleted with it: {urn}"
                    for urn in unchosen
                ),
                hint="name it with --target too, or all that needs a target: --target-dependents",
            )


def _needs(records: Sequence[Record]) -> dict[Urn, set[Urn]]:
    needs: dict[Urn, set[Urn]] = {}
    for record in records:
        needs.setdefault(record.urn, set()).update(sources_of(record))
    return needs


def _users(records: Sequence[Record]) -> dict[Urn, set[Urn]]:
    users: dict[Urn, set[Urn]] = {}
    for record in records:
        for source in sources_of(record):
            users.setdefault(source, set()).add(record.urn)
    return users


def _reached(starts: Iterable[Urn], edges: dict[Urn, set[Urn]]) -> frozenset[Urn]:
    waiting = list(starts)
    reached = set(waiting)
    while waiting:
        for urn in edges.get(waiting.pop(), ()):
            if urn not in reached:
                reached.add(urn)
                waiting.append(urn)
    return frozenset(reached)


def _raise_component(word: str, snapshot: Snapshot) -> None:
    means = Words([word]).name
    meant = [record for record in snapshot.live().values() if means(record.urn)]
    if meant and not any(record.custom for record in meant):
        raise UsageProblem(
            f"{word!r} is a component, it has no object of its own to replace",
            hint="name its parts, for instance with a pattern",
        )


def _raise_unknown(words: Sequence[str], known: Sequence[Urn]) -> None:
    names = sorted({name_of(urn) for urn in known if type_of(urn) != "pulumi:pulumi:Stack"})
    lines = []
    for word in words:
        near = nearest(word.rpartition("::")[2], names)
        meant = "" if near is None else f" (did you mean {near!r}?)"
        lines.append(f"there is no resource {word!r}{meant}")
    raise UsageProblem(
        "\n".join(lines),
        hint="`cmx status --all` lists what is recorded; patterns are allowed: --target 'sweep/*'",
    )
