"""What changed by a provider's answer, and what of it needs a new object?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.paths import Path, contains, parse_path, path_text, with_ignored
from cloudmesh_iac.core.plans import Detail, DetailKind
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.values import (
    Properties,
    Value,
    changed_keys,
    distinct,
    has_unknown,
    is_identical,
)
from cloudmesh_iac.engine.asks import Difference

UNREADY = "#initerror"  # Pulumi's key for an object's own failures, which paths of options meet


@dataclass(frozen=True, slots=True)
class Differing:
    """Top-level keys that changed, keys that need a new object, and every place that differs."""

    keys: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()

    @property
    def needs_new(self) -> bool:
        return bool(self.replaces) or any(detail.kind.is_replace for detail in self.details)


def differing(
    difference: Difference,
    *,
    olds: Properties,
    news: Properties,
    options: Options,
    is_unready: bool = False,
) -> Differing:
    """Return what a provider says, or our own comparison where it leaves that to us.

    `olds` and `news` are inputs. The options are those of the resource; what is ignored does not
    count in our own comparison, and `replace_on_changes` makes replacements of changes.
    """
    forcing = [parse_path(path) for path in options.replace_on_changes]
    unready = [UNREADY] if is_unready and _meets(forcing, (UNREADY,)) else []
    if difference.has_changes is False:
        return Differing(replaces=tuple(unready))
    details = difference.details
    keys = difference.keys
    if difference.has_changes is None:
        news = with_ignored(options.ignore_changes, olds, news)
        keys = difference.keys or _changed_keys(olds, news)
        details = details or tuple(details_between(olds, news))
    elif not keys and not details:
        keys = changed_keys(olds, news)
    if difference.has_changes is None and not keys:
        return Differing(replaces=distinct((*difference.replaces, *unready)))
    forced = [key for key in keys if _meets(forcing, (key,))]
    return Differing(
        keys,
        distinct((*difference.replaces, *forced, *unready)),
        tuple(
            detail.as_replace() if _meets(forcing, parse_path(detail.path)) else detail
            for detail in details
        ),
    )


def _changed_keys(old: Properties, new: Properties) -> tuple[str, ...]:
    """What is not known of the old ones, because nobody here may read it, is not known to stay."""
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(
        key
        for key in keys
        if not is_identical(old.get(key), new.get(key)) or has_unknown(old.get(key))
    )


def _meets(forcing: Sequence[Path], path: Path) -> bool:
    return any(contains(one, path) for one in forcing)


def details_between(old: Properties, new: Properties) -> Iterator[Detail]:
    """Yield every place where two sets of inputs differ; a secret is one of them."""
    yield from _between((), old, new)


def _between(place: Path, old: Value, new: Value) -> Iterator[Detail]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*new, *(key for key in old if key not in new)]:
            yield from _between((*place, key), old.get(key), new.get(key))
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for index in range(max(len(old), len(new))):
            inner = (*place, index)
            if index >= len(old):
                yield Detail(path_text(inner), DetailKind.ADD, None, new[index])
            elif index >= len(new):
                yield Detail(path_text(inner), DetailKind.DELETE, old[index], None)
            else:
                yield from _between(inner, old[index], new[index])
    elif not is_identical(old, new):
        kind = DetailKind.UPDATE
        if old is None or new is None:
            kind = DetailKind.ADD if old is None else DetailKind.DELETE
        yield Detail(path_text(place), kind, old, new)
