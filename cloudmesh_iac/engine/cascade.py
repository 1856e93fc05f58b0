"""Who has to go before an object that makes room for its own replacement?"""

from collections.abc import Callable
from dataclasses import dataclass

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import UNKNOWN, Properties
from cloudmesh_iac.engine.asks import DiffAsk, Difference, Problem, Refusal
from cloudmesh_iac.engine.differences import differing
from cloudmesh_iac.engine.order import levels
from cloudmesh_iac.engine.users import Users

Diff = Callable[[DiffAsk], Difference | Failure]


@dataclass(frozen=True, slots=True)
class Goer:
    """A record that has to go first, and its inputs that need a new object then."""

    record: Record
    keys: tuple[str, ...] = ()


def find_cascade(
    root: Urn,
    users: Users,
    *,
    diff: Diff,
    is_free: Callable[[Urn], bool],
    stays: frozenset[Urn] = frozenset(),
) -> tuple[Goer, ...] | Refusal | Failure:
    """Return which of the free records go before `root`, in the order in which they go.

    They are the ones that would be replaced if an input that comes from what goes were not known;
    their provider is asked. A plain dependency does not count. Companions by `replace_with` go too.
    A protected one among them refuses it all; what `stays` never goes.
    """
    going: dict[Urn, Record] = {}
    keys: dict[Urn, tuple[str, ...]] = {}
    for record in users.near_and_far(root, lambda one: is_free(one.urn)):
        if record.custom and provider_urn(record.provider) in {root, *going}:
            if record.urn not in stays:
                going[record.urn] = record
                keys[record.urn] = ()
            continue
        news = _news(record, {root, *going})
        if news is None:
            continue
        answer = diff(
            DiffAsk(
                record.urn,
                record.type,
                record.id,
                record.inputs,
                record.outputs,
                news,
                ignore_changes=record.options.ignore_changes,
                provider=record.provider,
            )
        )
        if isinstance(answer, Failure):
            return answer
        found = differing(answer, olds=record.inputs, news=news, options=record.options)
        if found.needs_new and record.urn not in stays:
            going[record.urn] = record
            keys[record.urn] = found.replaces
    companions = {
        one.urn: one
        for one in users.of(root)
        if one.custom
        and root in one.options.replace_with
        and one.urn not in stays
        and is_free(one.urn)
    }
    going |= companions
    keys |= dict.fromkeys(companions, ())
    if protected := [record for record in going.values() if record.protect]:
        words = "it is protected and would be deleted, to make room for a replacement"
        return Refusal(tuple(Problem(name_of(record.urn), words) for record in protected))
    ordered = (record for group in levels(going.values()) for record in group)
    return tuple(Goer(record, keys.get(record.urn, ())) for record in ordered)


def _news(record: Record, going: set[Urn]) -> Properties | None:
    """Return the inputs with those unknown that come from what goes; None when there are none."""
    moved = {
        key
        for key, sources in record.property_dependencies.items()
        if key in record.inputs and not going.isdisjoint(sources)
    }
    if not record.custom or record.external or not moved:
        return None
    return {key: UNKNOWN if key in moved else value for key, value in record.inputs.items()}
