"""Where in the queue is one job, and how are several named at once?"""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob
from cloudmesh_iac.providers.slurm.tasks import to_ids

# The id of a job, or of an array and the number of a task in it.
Place: TypeAlias = tuple[str, int | None]


def places_of(job: QueuedJob | AccountedJob) -> Iterator[Place]:
    """Return the place of a job, or of every task that a line of an array stands for."""
    if job.tasks is None:
        yield job.remote_id, None
        return
    for index in job.tasks:
        yield job.remote_id, index


def by_place(jobs: Iterable[QueuedJob]) -> dict[Place, QueuedJob]:
    return {place: job for job in jobs for place in places_of(job)}


def named(wanted: Collection[Place], everything: Iterable[Place]) -> list[str]:
    """Return how Slurm's commands name some places: an array of which all is wanted, as a whole.

    `everything` are the places to which a command for the whole array would go.
    """
    tasks = _tasks(wanted)
    others = _tasks(place for place in everything if place not in wanted)
    names = [id_ for id_, index in sorted(wanted, key=_in_order) if index is None]
    for id_, indices in tasks.items():
        names.append(to_ids(id_, indices) if id_ in others else id_)
    return names


def _in_order(place: Place) -> tuple[int, str, int]:
    id_, index = place
    return len(id_), id_, -1 if index is None else index


def _tasks(places: Iterable[Place]) -> dict[str, set[int]]:
    tasks: dict[str, set[int]] = {}
    for id_, index in sorted(places, key=_in_order):
        if index is not None:
            tasks.setdefault(id_, set()).add(index)
    return tasks
