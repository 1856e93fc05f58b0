"""Which keys changed by a provider's answer, and which of them need a new object?"""

from collections.abc import Iterable

from cloudmesh_iac.core.paths import contains, parse_path
from cloudmesh_iac.core.values import Properties, changed_keys, distinct
from cloudmesh_iac.engine.asks import Difference


def differing(
    difference: Difference, *, olds: Properties, news: Properties, replace_on: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that changed, and those that need a new object.

    `olds` and `news` are inputs, `replace_on` the paths of `replace_on_changes`.
    """
    if difference.has_changes is False:
        return (), ()
    keys = difference.keys or changed_keys(olds, news)
    if difference.has_changes is None and not keys:
        return (), difference.replaces
    forcing = [parse_path(path) for path in replace_on]
    forced = [key for key in keys if any(contains(path, (key,)) for path in forcing)]
    return keys, distinct((*difference.replaces, *forced))
