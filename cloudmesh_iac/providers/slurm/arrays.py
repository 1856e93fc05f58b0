"""Which jobs go to the scheduler together, as one array, and what does such an array consist of?

An array has a folder of its own beside the jobs' directories. `points` lists its tasks in order,
one line each with the job's token and directory. A link with the number of each task leads to its
directory: so the scheduler writes each task's output where the job's own files are, and the script
of the array only starts the script of the job.
"""

import hashlib
import os
import re
import shlex
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Start
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import SCRIPT, stack_directory

POINTS = "points"
_FOLDER = ".arrays"
_TOKEN_LENGTH = 16
NO_ORDERS: Mapping[str, str] = {}
# `#SBATCH hetjob`: a job of several parts has a script that no array can share.
_SEVERAL_PARTS = re.compile(r"#SBATCH\s+(?:hetjob|packjob)\b")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What is handed to sbatch at once: one job, or several with the same header as an array.

    `order` are the jobs that it waits for, in the words of sbatch.
    """

    starts: tuple[Start, ...]
    header: tuple[str, ...]
    order: str = ""

    @property
    def is_array(self) -> bool:
        return len(self.starts) > 1

    @property
    def token(self) -> str:
        """Return the token in the job's name: the digest of the tokens of an array's tasks."""
        if not self.is_array:
            return self.starts[0].token
        text = "\n".join(start.token for start in self.starts)
        return hashlib.sha256(text.encode()).hexdigest()[:_TOKEN_LENGTH]

    @property
    def sweep(self) -> str:
        return sweep_of(self.starts[0])

    @property
    def max_running(self) -> int | None:
        return self.starts[0].request.max_running

    def without(self, tokens: Container[str]) -> "Submitted":
        kept = tuple(start for start in self.starts if start.token not in tokens)
        return replace(self, starts=kept)

    def split(self, largest: int) -> tuple["Submitted", ...]:
        """Return it in parts of at most so many tasks, in the same order."""
        return tuple(
            replace(self, starts=self.starts[at : at + largest])
            for at in range(0, len(self.starts), largest)
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `points`."""

    token: str
    directory: Path


def sweep_of(start: Start) -> str:
    return start.request.point.partition("/")[0]


def gather(
    starts: Sequence[tuple[Start, tuple[str, ...]]],
    largest: int,
    orders: Mapping[str, str] = NO_ORDERS,
) -> tuple[Submitted, ...]:
    """Put points of one sweep with the same header together; each start comes with its header.

    `orders` are what some of them wait for, by token.

    Shape: every start is in exactly one of them, in the order of their first ones, and none has
    more than `largest` tasks.
    """
    together: dict[tuple[object, ...], list[tuple[Start, tuple[str, ...]]]] = {}
    for start, lines in starts:
        alone = start.token if any(map(_SEVERAL_PARTS.match, lines)) else ""
        request = start.request
        key = (
            *(sweep_of(start), request.project, request.stack, request.max_running),
            *(alone, lines, orders.get(start.token, "")),
        )
        together.setdefault(key, []).append((start, lines))
    return tuple(
        part
        for group in together.values()
        for part in Submitted(
            tuple(start for start, _ in group), group[0][1], orders.get(group[0][0].token, "")
        ).split(max(1, largest))
    )


def fitting(
    ones: Sequence[Submitted], room: int | None
) -> tuple[tuple[Submitted, ...], tuple[Start, ...]]:
    """Return what fits into a limit, and the starts that have to come later; None is no limit."""
    now: list[Submitted] = []
    later: list[Start] = []
    left = sum(len(one.starts) for one in ones) if room is None else room
    for one in ones:
        if left:
            now.append(replace(one, starts=one.starts[:left]))
        later += one.starts[left:]
        left = max(0, left - len(one.starts))
    return tuple(now), tuple(later)


def array_folder(workdir: Path, one: Submitted) -> Path:
    request = one.starts[0].request
    return stack_directory(workdir, request.project, request.stack) / _FOLDER / one.token


def array_script(folder: Path, header: Sequence[str]) -> str:
    lines = [
        "#!/bin/bash",
        *header,
        f"# Written by cmx. Task N runs N/{SCRIPT}; which job that is says the file {POINTS}.",
        "",
        # a login shell, as each script asks for on its own first line
        f'exec /bin/bash -l {shlex.quote(str(folder))}/"$SLURM_ARRAY_TASK_ID"/{SCRIPT}',
    ]
    return "\n".join(lines) + "\n"


def write_array(folder: Path, one: Submitted, directories: Sequence[Path]) -> None:
    """Make the folder of an array, whole and durable. Errors: SiteRefused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index, directory in enumerate(directories):
            link = folder / str(index)
            link.unlink(missing_ok=True)
            link.symlink_to(directory)
        (folder / SCRIPT).write_text(array_script(folder, one.header))
        half = folder / f"{POINTS}.tmp"
        with half.open("w") as file:
            for start, directory in zip(one.starts, directories, strict=True):
                file.write(f"{start.token}\t{directory}\n")
            file.flush()
            os.fsync(file.fileno())
        half.replace(folder / POINTS)
    except OSError as error:
        raise SiteRefused(
            f"the folder of an array of jobs cannot be prepared: {error}", subject=str(folder)
        ) from error


def read_array(folder: Path) -> tuple[Listed, ...]:
    """Return the tasks of an array in order; nothing where there is no such list."""
    try:
        text = (folder / POINTS).read_text(errors="surrogateescape")
    except OSError:
        return ()
    return tuple(_listed(text))


def _listed(text: str) -> Iterator[Listed]:
    for line in text.splitlines():
        token, _, directory = line.partition("\t")
        yield Listed(token, Path(directory))
