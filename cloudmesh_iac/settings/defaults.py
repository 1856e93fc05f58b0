"""What holds where a program does not say: which file has settled it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudmesh_iac.settings.files import Defaults, NodeDefaults

KEYS = tuple(NodeDefaults.model_fields)


@dataclass(frozen=True, slots=True)
class Settled:
    """A value, and in words where it comes from."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class AllDefaults:
    """The defaults of all files, each by its name for people, the one that says most last."""

    files: Sequence[tuple[str, Defaults]] = ()

    def of(self, key: str, site: str) -> Settled | None:
        """Return what holds for a site: what is said of it in any file, else what is said of all.

        None when nobody has said anything.
        """
        for file, content in reversed(self.files):
            value = getattr(content.sites.get(site), key, None)
            if value is not None:
                return Settled(value, f"default of {site} in {file}")
        for file, content in reversed(self.files):
            value = getattr(content, key)
            if value is not None:
                return Settled(value, f"default in {file}")
        return None

    def all_of(self, site: str) -> Mapping[str, Settled]:
        """Return every default that holds for a site, by key."""
        found = {key: self.of(key, site) for key in KEYS}
        return {key: settled for key, settled in found.items() if settled is not None}


NO_DEFAULTS = AllDefaults()
