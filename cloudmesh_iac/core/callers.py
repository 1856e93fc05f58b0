"""Who calls a component of a plugin?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caller:
    """An evaluation, as a plugin has to know it that declares resources on its behalf.

    `monitor` is the address where it registers them.
    """

    project: str
    stack: str
    monitor: str
    is_preview: bool
    config: Mapping[str, str] = field(default_factory=dict)
    secret_keys: Collection[str] = ()
