"""How does Slurm write which tasks of an array it means?"""

import re
from collections.abc import Collection, Iterable, Iterator

_RANGE = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?")


def parse_tasks(text: str) -> frozenset[int] | None:
    """Read `3`, `[0-9,12-20:2%4]` or the same without brackets; None for what names no tasks.

    A `%4` at the end says how many may run at once, and is passed over.
    """
    inside = text.strip().removeprefix("[").removesuffix("]").partition("%")[0]
    tasks: set[int] = set()
    for part in inside.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            return None
        first, last, step = found.groups()
        tasks.update(range(int(first), int(last or first) + 1, int(step or 1) or 1))
    return frozenset(tasks)


def to_tasks(indices: Iterable[int]) -> str:
    """Write places in an array as Slurm takes them: `0-3,7`."""
    return ",".join(_runs(sorted(set(indices))))


def to_ids(remote_id: str, indices: Collection[int]) -> str:
    """Name some tasks of an array to scancel and scontrol: `100_3`, `100_[0-3,7]`."""
    written = to_tasks(indices)
    return f"{remote_id}_{written}" if len(indices) == 1 else f"{remote_id}_[{written}]"


def _runs(places: list[int]) -> Iterator[str]:
    start = 0
    for at, place in enumerate(places):
        if at + 1 == len(places) or places[at + 1] != place + 1:
            first = places[start]
            yield str(first) if first == place else f"{first}-{place}"
            start = at + 1
