"""What is wrong with a thing, as far as its site can say before anything is made?"""

from collections.abc import Mapping
from typing import Any

from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.core.offered import doubts_of
from cloudmesh_iac.engine.node_abilities import MakesNodes

_OFFERED = ("image", "flavor")


def problems_of(
    thing: Thing, olds: Mapping[str, Any], news: Mapping[str, Any], *, site: MakesNodes
) -> Mapping[str, str]:
    """Return a sentence for each input that is wrong. Errors: as those of the site.

    A machine keeps what it was made of, although the site may offer that no more. A value that is
    no text is not known yet, or was not given: nothing to say.
    """
    if thing is not Thing.VM:
        return {}
    named = {key: news.get(key) for key in _OFFERED if news.get(key) != olds.get(key)}
    texts = {key: value for key, value in named.items() if isinstance(value, str)}
    return doubts_of(str(news["site"]), texts, images=site.images(), flavors=site.flavors())
