"""The settings that one evaluation sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings with full keys (`project:name`) and text values.

    `secret` names those that are nobody else's business, `hidden` those of them that cannot be read
    here: a preview takes them as unknown, nothing is carried out.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
