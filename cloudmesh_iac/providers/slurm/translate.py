"""How is a request said to sbatch?"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import JobRequest
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import SCRIPT, STDERR, STDOUT
from cloudmesh_iac.providers.slurm.arrays import Submitted
from cloudmesh_iac.providers.slurm.names import comment, job_name
from cloudmesh_iac.providers.slurm.requeueing import requeue_option

HOLD = "--hold"
_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PLAIN = re.compile(r"[A-Za-z0-9._:,=+@/%*&|\[\]()-]*")
_BREAKS_A_LINE = re.compile(r"[\"\\\x00-\x1f]")
# What finds a job again, or says where it runs, is ours: long options, then short ones.
_OURS = (
    "array",
    "chdir",
    "clusters",
    "comment",
    "error",
    "export",
    "export-file",
    "get-user-env",
    "help",
    "hold",
    "job-name",
    "kill-on-invalid-dep",
    "open-mode",
    "output",
    "parsable",
    "quiet",
    "test-only",
    "wait",
    "wrap",
)
_OURS_SHORT = frozenset("aDMehHJoQW")


def to_header(request: JobRequest, *, queue: str | None, account: str | None) -> list[str]:
    """Return the #SBATCH lines: what the job needs, so that its script says it to people too.

    `queue` and `account` are the site's defaults. Errors: SiteRefused for a native option that is
    no option, or is ours to give.
    """
    limits = (*_limits(request, queue, account), *requeue_option(request))
    options = (*_needs(request), *limits, *_native(request))
    return [*(f"#SBATCH {option}" for option in options), *request.directives]


def to_sbatch(
    request: JobRequest, *, token: str, directory: Path, is_held: bool = True, order: str = ""
) -> list[str]:
    """Return the arguments of sbatch: what the job is called, where it runs, that it is held.

    `order` are the jobs that it waits for; one that can never start is taken out of the queue.

    Logs are appended to: a second job of the same token must not empty those of the first.
    """
    return [
        *_named(request, token=token, directory=directory, is_held=is_held),
        *_order(order),
        f"--output={_literal(directory)}/{STDOUT}",
        f"--error={_literal(directory)}/{STDERR}",
        str(directory / SCRIPT),
    ]


def to_sbatch_array(one: Submitted, *, folder: Path) -> list[str]:
    """Return the arguments of sbatch for an array whose folder is there.

    Its name is the sweep's; each task writes into the directory of its own job.
    """
    request = replace(one.starts[0].request, point=one.sweep)
    at_a_time = "" if one.max_running is None else f"%{one.max_running}"
    return [
        *_named(request, token=one.token, directory=folder),
        *_order(one.order),
        f"--array=0-{len(one.starts) - 1}{at_a_time}",
        f"--output={_literal(folder)}/%a/{STDOUT}",
        f"--error={_literal(folder)}/%a/{STDERR}",
        str(folder / SCRIPT),
    ]


def _named(
    request: JobRequest, *, token: str, directory: Path, is_held: bool = True
) -> Iterator[str]:
    yield "--parsable"
    if is_held:
        yield HOLD
    yield from ("--export=NONE", "--open-mode=append")
    yield f"--job-name={job_name(request, token)}"
    yield f"--comment={comment(request)}"
    yield f"--chdir={directory}"


def _order(order: str) -> list[str]:
    return [f"--dependency={order}", "--kill-on-invalid-dep=yes"] if order else []


def _literal(folder: Path) -> str:
    """%A and its like are replaced in names of files, even where the folder has them."""
    return str(folder).replace("%", "%%")


def _needs(request: JobRequest) -> Iterator[str]:
    yield f"--nodes={request.nodes}"
    yield f"--ntasks-per-node={request.ntasks_per_node}"
    yield f"--cpus-per-task={request.cpus_per_task}"
    if request.gpus_per_node:
        yield f"--gpus-per-node={request.gpus_per_node}"


def _limits(request: JobRequest, queue: str | None, account: str | None) -> Iterator[str]:
    if request.memory_mb is not None:
        yield f"--mem={request.memory_mb}M"
    if request.walltime_s is not None:
        yield f"--time={minutes(request.walltime_s)}"
    if request.exclusive:
        yield "--exclusive"
    named = {
        "partition": request.queue or queue,
        "account": request.account or account,
        "qos": request.qos,
        "constraint": request.constraint,
        "reservation": request.reservation,
        "licenses": request.licenses,
        "signal": request.signal,
    }
    for name, value in named.items():
        if value is not None:
            yield _option(name, value)
    if request.notify is not None:
        events, _, address = request.notify.partition(":")
        yield _option("mail-type", events)
        if address:
            yield _option("mail-user", address)


def minutes(walltime_s: int) -> int:
    """Slurm counts time limits in minutes; 0 would be no limit at all."""
    return max(1, -(-walltime_s // 60))


def _native(request: JobRequest) -> Iterator[str]:
    for given, value in request.native.items():
        name = given.lstrip("-")
        if not _OPTION.fullmatch(name):
            raise SiteRefused(f"{name!r} is no option of sbatch", subject=request.point)
        if _is_ours(name):
            raise SiteRefused(
                f"cmx sets the option {name!r} of sbatch itself",
                subject=request.point,
                hint="take it out of the job's native options",
            )
        yield _option(name, value)


def _is_ours(name: str) -> bool:
    if len(name) == 1:
        return name in _OURS_SHORT
    return any(option.startswith(name) for option in _OURS)  # sbatch takes shortened names


def _option(name: str, value: str) -> str:
    if _BREAKS_A_LINE.search(value):
        raise SiteRefused(f"the value {value!r} of {name!r} cannot stand in a job script")
    dashes, between = ("-", " ") if len(name) == 1 else ("--", "=")
    quoted = value if _PLAIN.fullmatch(value) else f'"{value}"'
    return f"{dashes}{name}{between}{quoted}" if value else f"{dashes}{name}"
