"""What is wrong with a thing, as far as its site can say before anything is made?"""

from collections.abc import Iterable, Mapping
from typing import Any

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.engine.abilities import MakesNodes


def problems_of(thing: Thing, props: Mapping[str, Any], site: MakesNodes) -> list[tuple[str, str]]:
    """Return a key and a sentence for each problem. Errors: as those of the site."""
    if thing is not Thing.VM:
        return []
    images = {name for one in site.images() for name in (one.name, one.id) if name}
    flavors = {one.name for one in site.flavors()}
    return [
        *_unknown("image", props.get("image"), images),
        *_unknown("flavor", props.get("flavor"), flavors),
    ]


def _unknown(key: str, value: Any, known: Iterable[str]) -> list[tuple[str, str]]:
    """A value that is no text is not known yet, or was not given: nothing to say."""
    names = sorted(known)
    if not isinstance(value, str) or value in names:
        return []
    rest = instead_of(value, names, otherwise=f"there are: {', '.join(names) or 'none'}")
    return [(key, f"the site has no {key} {value!r}; {rest}")]
