"""What every command has on its desk: consoles, clock, runtime."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from getpass import getpass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from cloudmesh_iac.cli.again import runs_anew, with_runs_again
from cloudmesh_iac.cli.approved import fingerprint, site_parameter
from cloudmesh_iac.cli.asking import find_place, find_stack, seconds_of
from cloudmesh_iac.cli.boot import machines_folder
from cloudmesh_iac.cli.expecting import with_expectations
from cloudmesh_iac.cli.interrupts import INTERRUPTS
from cloudmesh_iac.cli.quota import with_quota
from cloudmesh_iac.cli.recording import EventFile
from cloudmesh_iac.cli.spare import SPARES
from cloudmesh_iac.cli.watching import EventQueue, Shown
from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.engine.masks import MaskedEvents, Masks
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.turns import wait_for_turn
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.providers.batch.results import stack_folder
from cloudmesh_iac.runtime import Place, Runtime, open_store
from cloudmesh_iac.settings.computer import Computer, this_computer
from cloudmesh_iac.settings.load import SETTINGS_DIR_VARIABLE
from cloudmesh_iac.settings.passphrases import Passphrases
from cloudmesh_iac.settings.project import PROJECT_FILE, find_project, programs_of
from cloudmesh_iac.store.digests import SecretDigests
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.views.items import how_many_change
from cloudmesh_iac.views.plan_json import json_text
from cloudmesh_iac.views.progress import PlainView, a_view
from cloudmesh_iac.views.values_json import Hide, Json, told_apart
from cloudmesh_iac.views.words import Marks, marks_for


class Desk:
    """One command's surroundings. Results go to stdout, everything else to stderr."""

    def __init__(
        self,
        *,
        is_json: bool = False,
        events: Path | None = None,
        settings_from: Path | None = None,
    ) -> None:
        """`events` is the file that the events of a run are written to as well.

        `settings_from` is the folder whose settings count, not those of the project. Errors:
        UsageProblem for a file that cannot be written, or a folder that is not there.
        """
        self.computer: Computer = this_computer()
        self.here = self.computer.works_in()
        if settings_from is not None:
            self.computer = _with_settings_of(self.computer, self.here / settings_from)
        self.is_json = is_json
        self.out = Console(soft_wrap=True, highlight=False)
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)
        self.masks = Masks()
        self._event_file = (
            None if events is None else EventFile(self.here / events, self.computer.clock)
        )
        self.events = EventQueue(self._event_file)
        ask = self.ask_secret if self.is_interactive else None
        passphrases = Passphrases(self.computer, ask=ask, made=self._passphrase_made)
        self.keys = Keys(self.computer, passphrases, seen=self.masks.learn)

    @cached_property
    def store(self) -> SqliteStore:
        """One for the whole command: it remembers what it has seen of the locks of others."""
        return open_store(self.computer, self.keys)

    @property
    def marks(self) -> Marks:
        return marks_for(self.out.encoding)

    @property
    def is_interactive(self) -> bool:
        return self.err.is_terminal and sys.stdin.isatty()

    def keep_from_programs(self, names: Collection[str]) -> None:
        """Start whatever is started from now on without these variables."""
        kept = {key: text for key, text in self.computer.environment.items() if key not in names}
        self.computer = replace(self.computer, environment=kept)

    def now(self) -> datetime:
        """Return the time in this computer's zone."""
        return self.computer.clock.now().astimezone()

    def place(self, program: str | None, stack: str | None, *, evaluates: bool = False) -> Place:
        """Return what a command is about; one that evaluates nothing needs no program any more.

        In a folder that is no project it is the person's own machines, if there are any.
        """
        here = self.here
        if program is None and find_project(here) is None:
            own = machines_folder(self.computer.home)
            here = own if (own / PROJECT_FILE).is_file() else here
        try:
            return find_place(program, stack, here)
        except UsageProblem:
            place = None if evaluates else find_stack(program, stack, here)
            if place is None or not self._is_known(place):
                raise
            return place

    def _is_known(self, place: Place) -> bool:
        known = self.store.stacks(place.project.name)
        has_results = stack_folder(place.project.folder, place.stack.name).is_dir()
        if has_results or place.stack in {one.stack for one in known}:
            return True
        return self.store.chain(place.stack).length > 0

    def snapshot(self, program: str | None, stack: str | None) -> Snapshot:
        return self.store.snapshot(self.place(program, stack).stack)

    def wait_for_turn(self, program: str | None, stack: str | None, duration: str | None) -> None:
        """Return when no other run writes a stack, so that nobody plans in vain.

        Errors: StackLocked; UsageProblem for a duration that is none.
        """
        patience_s = seconds_of(duration)
        with self.shown():
            wait_for_turn(
                self.place(program, stack).stack,
                store=self.store,
                clock=self.computer.clock,
                events=self.events,
                patience_s=patience_s,
            )

    def _passphrase_made(self, file: Path) -> None:
        words = f"made {file}, which opens your secrets: keep a copy of it"
        self.events.tell(Noticed(words))

    def ask_secret(self, question: str) -> str:
        """Ask on the terminal for something that is not shown."""
        return getpass(question, stream=sys.stderr)

    def one_program(self, words: Sequence[str]) -> str | None:
        """Errors: UsageProblem for a second word."""
        if len(words) > 1:
            raise UsageProblem(f"one program at a time, not {' '.join(words)}")
        return words[0] if words else None

    def program_and_items(self, words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
        """Separate the program from what follows; a first word that is no program is an item."""
        project = find_project(self.here)
        names: set[str] = set()
        if project is not None:
            known = self.store.stacks(project.name)
            names = {one.name for one in programs_of(project)}
            names |= {one.stack.name.partition(".")[0] for one in known}
        if words and (words[0] in names or words[0].endswith(".py")):
            return words[0], words[1:]
        return None, words

    def show_notices(self) -> None:
        """Print what was noticed on the way, without a view."""
        while not self.events.items.empty():
            event = self.events.items.get()
            if isinstance(event, Noticed):
                self.err.print(event.text, soft_wrap=True, markup=False)

    @contextmanager
    def runtime(
        self,
        program: str | None,
        *,
        stack: str | None = None,
        on: str | None = None,
        evaluates: bool = True,
        store: Store | None = None,
    ) -> Iterator[Runtime]:
        """Put together what a command needs; `store` is another than that of this person."""
        place = self.place(program, stack, evaluates=evaluates)
        runtime = Runtime(
            self.computer,
            place,
            events=MaskedEvents(self.events, self.masks),
            masks=self.masks,
            child=lambda: SPARES.take(self.computer.environment),
            on=on,
            keys=self.keys,
            store=self.store if store is None else store,
            interrupt=INTERRUPTS.press,
        )
        try:
            yield runtime
        except CmxError as error:
            self.masks.in_error(error)
            raise
        finally:
            runtime.close()

    def shown(self) -> Shown:
        """Show what is said while nothing is carried out, as long as the block lasts."""
        return Shown(self.events, PlainView(self.err, self.computer.clock))

    def preview(self, runtime: Runtime, request: Request, *, looks: bool = False) -> Plan:
        """Return the plan; `looks` says that sites may be asked whether they have room for it."""
        with self.shown():
            plan = runtime.engine.preview(runtime.program(request.options), request)
        if any(map(runs_anew, plan.changes)):
            snapshot = runtime.store.snapshot(runtime.place.stack)
            plan = with_runs_again(plan, snapshot, runtime.jobs, asked_for=request.reruns.keys())
        plan = with_expectations(plan, runtime.jobs)
        if looks:
            plan = with_quota(plan, runtime.sites)
        if runtime.on is not None:
            plan = replace(plan, parameters=(*plan.parameters, site_parameter(runtime.on)))
        secrets = {key: digest.best for key, digest in runtime.secret_settings().items()}
        made_from = fingerprint(plan, {**runtime.plain_settings(), **secrets})
        return replace(plan, fingerprint=made_from)

    def hide(self, plan: Plan, *, keeps_seed: bool = False) -> Hide:
        """Return what stands for secrets where a plan is written down.

        Each preview of a new stack has another key, unless the key is kept with the plan.
        """
        seed_key = plan.seed_key if plan.base_serial or keeps_seed else ""
        return told_apart(SecretDigests(self.keys, plan.stack, seed_key))

    def watched(self, plan: Plan, work: Callable[[], RunOutcome]) -> RunOutcome:
        """Show what happens while a plan is carried out."""
        expected = how_many_change(plan.changes)
        with Shown(self.events, a_view(self.err, self.computer.clock, expected=expected)):
            ended = work() if self._event_file is None else self._event_file.watched(work)
            return self.masks.in_outcome(ended)

    def say(self, text: Text | str) -> None:
        """Print something for people to stderr when stdout is for a program, else to stdout."""
        console = self.err if self.is_json else self.out
        console.print(text, soft_wrap=True, markup=False)

    def write(self, text: str) -> None:
        """Print the text of a document as it is."""
        sys.stdout.write(text)

    def hand_out(self, text: str, *, to: Path | None) -> None:
        """Print a document, or write it to the file that is named. Errors: as of `put`."""
        if to is None:
            self.write(text)
        else:
            self.put(to, text)

    def put(self, file: Path, text: str) -> None:
        """Write a document to a file, all of it or nothing.

        Errors: UsageProblem when it cannot be written.
        """
        file = self.here / file
        draft = file.with_name(f".{file.name}.{self.computer.new_id()}")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(file)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error
        self.err.print(f"wrote {file}", soft_wrap=True, markup=False)

    def answer(self, document: Mapping[str, Json] | list[Json] | dict[str, Any]) -> None:
        """Print the one JSON document of a command."""
        sys.stdout.write(json_text(document))


def _with_settings_of(computer: Computer, folder: Path) -> Computer:
    if not folder.is_dir():
        raise UsageProblem(
            f"there is no folder {folder} to take settings from",
            subject=str(folder),
            hint="check the target branch out there",
        )
    named = {SETTINGS_DIR_VARIABLE: str(folder.resolve())}
    return replace(computer, environment={**computer.environment, **named})
