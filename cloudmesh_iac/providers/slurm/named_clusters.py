"""Which jobs belong to which of a site's clusters?

A cluster that a job names is noted in the folder of its stack, so that all of them are asked what
lives there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from cloudmesh_iac.core.jobs import Start
from cloudmesh_iac.providers.batch.layout import stack_directory

_FOLDER = ".clusters"
T = TypeVar("T")
A = TypeVar("A")


@dataclass(slots=True)
class Group(Generic[T]):
    """What belongs to one cluster, and where it stood; `cluster` is None for the site's own."""

    cluster: str | None
    members: list[T] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def placed(self, answers: Iterable[A]) -> dict[int, A]:
        """Return the answers to the members by the places of these."""
        return dict(zip(self.places, answers, strict=True))


def by_cluster(things: Iterable[T], cluster: Callable[[T], str | None]) -> Iterator[Group[T]]:
    """Return them by cluster, in the order of the first of each."""
    groups: dict[str | None, Group[T]] = {}
    for place, thing in enumerate(things):
        name = cluster(thing)
        group = groups.setdefault(name, Group(name))
        group.members.append(thing)
        group.places.append(place)
    yield from groups.values()


def together(answers: Mapping[int, A]) -> list[A]:
    return [answers[place] for place in sorted(answers)]


def keep_cluster(workdir: Path, name: str, starts: Sequence[Start]) -> None:
    """Note that jobs of some stacks are on a cluster; where that cannot be, their starts fail."""
    stacks = {(start.request.project, start.request.stack) for start in starts}
    for project, stack in stacks:
        with suppress(OSError):
            folder = stack_directory(workdir, project, stack) / _FOLDER
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()


def clusters_of(workdir: Path, project: str, stack: str) -> list[str]:
    """Return the clusters that jobs of a stack have named."""
    try:
        return sorted(
            each.name for each in (stack_directory(workdir, project, stack) / _FOLDER).iterdir()
        )
    except OSError:
        return []
