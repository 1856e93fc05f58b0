"""Which names of images and sizes does a site not offer, and which may have been meant?"""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Flavor, Image


def doubts_of(
    site: str,
    named: Mapping[str, str],
    *,
    images: Sequence[Image],
    flavors: Sequence[Flavor],
) -> Mapping[str, str]:
    """Return a sentence for each thing that is named and not offered.

    Shape: `named` by `image` and `flavor`, the answer by the same keys. An image has an id too.
    """
    ids = {one.id for one in images}
    offered = {"image": [one.name for one in images], "flavor": [one.name for one in flavors]}
    elsewhere = f"`cmx site info {site}` lists them"
    return {
        what: f"site {site} has no {what} {name!r}: "
        + instead_of(name, offered[what], otherwise=elsewhere)
        for what, name in named.items()
        if name not in offered[what] and not (what == "image" and name in ids)
    }
