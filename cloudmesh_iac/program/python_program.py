"""One Python program of a project, evaluated as often as asked, each time in a fresh child."""

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.engine.masks import LearningRegistrar, Masks
from cloudmesh_iac.engine.ports.program import Asked, Evaluation, Registrar
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.program.configuration import Configuration
from cloudmesh_iac.program.conversation import Conversation
from cloudmesh_iac.program.decode import Decoder
from cloudmesh_iac.program.messages import Begin
from cloudmesh_iac.settings.passphrases import FILE_VARIABLE, VARIABLE
from cloudmesh_iac.wire.children import Child
from cloudmesh_iac.wire.frames import Frame, Kind

_OUR_PACKAGE = Path(__file__).resolve().parents[1]


class Running:
    """A child that evaluates; satisfies `engine.ports.program.RunningProgram`."""

    def __init__(self, child: Child, conversation: Conversation) -> None:
        self._child = child
        self._conversation = conversation

    def is_quiet(self) -> bool:
        return self._conversation.is_quiet()

    def stop(self) -> None:
        self._conversation.stop()
        self._child.stop()

    def asked(self) -> Asked:
        return self._conversation.asked

    def files(self) -> Sequence[str]:
        return self._conversation.files


class PythonProgram:
    """Satisfies `engine.ports.program.Program`.

    `file` is a Python file, or a folder with a `__main__.py`. Options of an evaluation are laid
    over the settings in `configuration`.
    """

    def __init__(
        self,
        file: Path,
        *,
        project_dir: Path,
        configuration: Configuration,
        launch: Callable[[], Child],
        events: Events,
        masks: Masks,
    ) -> None:
        self._file = file.resolve()
        self._project_dir = project_dir.resolve()
        self._configuration = configuration
        self._launch = launch
        self._events = events
        self._masks = masks
        self._running: Running | None = None

    @property
    def path(self) -> str:
        return self._shown(self._file)

    @property
    def digest(self) -> str:
        """Digest of the files that the last evaluation was made of: the program, its modules."""
        digest = hashlib.sha256()
        for file in self.files():
            digest.update(f"{self._shown(file)}\n".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def files(self) -> Sequence[Path]:
        """Return the files that the last evaluation was made of, none before the first one."""
        return tuple(map(Path, self._running.files() if self._running is not None else ()))

    @property
    def _folder(self) -> Path:
        """Return where the program runs, and where its relative paths begin."""
        return self._file if self._file.is_dir() else self._file.parent

    def _shown(self, file: Path) -> str:
        if file.is_relative_to(self._project_dir):
            return str(file.relative_to(self._project_dir))
        return str(file)

    def start(self, evaluation: Evaluation, registrar: Registrar) -> Running:
        """Begin an evaluation. Errors: UsageProblem for secret settings that nobody can read."""
        if self._configuration.hidden and not evaluation.is_preview:
            raise UsageProblem(
                f"the setting {min(self._configuration.hidden)} is secret and cannot be read here",
                hint=f"give the passphrase in {VARIABLE}, or a file that holds it in"
                f" {FILE_VARIABLE}",
            )
        child = self._launch()
        child.print_to(lambda line: self._events.tell(LogLine(line)))
        decoder = Decoder(
            evaluation.stack,
            project_dir=self._project_dir,
            foreign=(_OUR_PACKAGE, Path(sys.prefix).resolve()),
        )
        conversation = Conversation(
            child.link,
            registrar=LearningRegistrar(registrar, self._masks),
            decoder=decoder,
            events=self._events,
            folder=self._folder,
            evaluated=self._caller(evaluation),
        )
        self._running = Running(child, conversation)
        conversation.begin()
        child.link.send(Frame(Kind.BEGIN, body=self._begin(evaluation).to_json()))
        return self._running

    def asked(self) -> Asked:
        return self._running.asked() if self._running is not None else Asked(frozenset())

    def _caller(self, evaluation: Evaluation) -> Caller:
        begin = self._begin(evaluation)
        return Caller(
            begin.project,
            begin.stack,
            monitor="",
            is_preview=begin.is_preview,
            config=begin.config,
            secret_keys=begin.secret_keys,
        )

    def _begin(self, evaluation: Evaluation) -> Begin:
        project = evaluation.stack.project
        options = {f"{project}:{name}": text for name, text in evaluation.options.items()}
        return Begin(
            project=project,
            stack=evaluation.stack.name,
            root_directory=str(self._project_dir),
            program=str(self._file),
            working_directory=str(self._folder),
            is_preview=evaluation.is_preview,
            config={**self._configuration.values, **options},
            secret_keys=sorted(self._configuration.secret),
        )
