"""`cmx logs`: what have jobs written?"""

import sys
import threading
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.completing import programs_and_jobs
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.jobs import job_called
from cloudmesh_iac.core.jobs import Done, Ticket
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import JOB_START_TYPE, name_of
from cloudmesh_iac.engine.abilities import LeavesTraces
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch.props import to_ticket
from cloudmesh_iac.providers.dynamic.convert import to_python
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.wire.host_lists import names_in

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_LOOK_AGAIN_S = 0.3
_LOOK_AT_TRACES_S = 1.0


@app.command()
def logs(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[PROGRAM] JOB...",
            help="As in `status`; a list too: pi/n=[1-3].",
            autocompletion=programs_and_jobs,
        ),
    ],
    *,
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on until the job has ended."),
    error: bool = typer.Option(False, "--error", "-e", help="Only what it wrote to stderr."),
    stack: options.Stack = None,
) -> None:
    """Print what jobs have written to stdout and stderr; of several each below its name."""
    desk = Desk()
    program, items = desk.program_and_items(words)
    if not items:
        raise UsageProblem("which job?", hint="`cmx status` lists the jobs")
    with desk.runtime(program, stack=stack, evaluates=False) as runtime:
        tickets = _tickets(runtime.store.snapshot(runtime.place.stack), items)
        if follow and len(tickets) > 1:
            hint = f"say which: {', '.join(tickets)}"
            raise UsageProblem("--follow goes with one job", hint=hint)
        for name, ticket in tickets.items():
            out = runtime.jobs.scheduler(ticket.site).log_path(ticket)
            files = [out.with_name("stderr.log")] if error else [out, out.with_name("stderr.log")]
            if follow:
                _follow(desk, runtime, ticket=ticket, files=files)
                continue
            if len(tickets) > 1:
                sys.stdout.write(f"==> {name} <==\n")
            _print(desk, ticket, files)


def _tickets(snapshot: Snapshot, items: Sequence[str]) -> Mapping[str, Ticket]:
    """Return the tickets of the jobs that are meant, by name; brackets may be part of a name.

    Errors: UsageProblem for a name that no job has.
    """
    jobs = {name_of(one.urn): one for one in snapshot.records if one.type == JOB_START_TYPE}
    lists = ([item] if item in jobs else names_in(item) for item in items)
    return {
        name: to_ticket(to_python(job_called(name, jobs).outputs["ticket"]))
        for name in chain.from_iterable(lists)
    }


def _print(desk: Desk, ticket: Ticket, files: list[Path]) -> None:
    found = [file for file in files if file.exists()]
    if not found:
        desk.err.print(
            f"job {ticket.shown_id} has written nothing yet", soft_wrap=True, markup=False
        )
    for file in found:
        sys.stdout.write(file.read_text(errors="replace"))


def _follow(desk: Desk, runtime: Runtime, *, ticket: Ticket, files: list[Path]) -> None:
    """Read the files as they grow; a scheduler whose jobs leave traces is not asked at all."""
    places = dict.fromkeys(files, 0)
    scheduler = runtime.jobs.scheduler(ticket.site)
    polls, ask_at_s, is_over = 0, 0.0, False
    pause = threading.Event()
    while True:
        for file, place in places.items():
            places[file] = place + _copy(file, place)
        if is_over:
            return
        now_s = desk.computer.clock.monotonic_s()
        if now_s >= ask_at_s:
            if isinstance(scheduler, LeavesTraces):
                is_over, pause_s = scheduler.has_ended(ticket), _LOOK_AT_TRACES_S
            else:
                is_over = isinstance(scheduler.poll([ticket]).get(ticket), Done)
                pause_s = scheduler.poll_after_s(polls)
            ask_at_s = now_s + pause_s
            polls += 1
        if not is_over:
            desk.computer.clock.wait(pause, _LOOK_AGAIN_S)


def _copy(file: Path, place: int) -> int:
    """Print what a file has gained since; return how many bytes."""
    try:
        with file.open("rb") as opened:
            opened.seek(place)
            text = opened.read()
    except FileNotFoundError:
        return 0
    sys.stdout.write(text.decode(errors="replace"))
    sys.stdout.flush()
    return len(text)
