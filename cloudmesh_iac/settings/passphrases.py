"""With which passphrase are this person's secrets encrypted?

The names of the variables are Pulumi's. Who names none gets a file of random text, made when the
first secret is stored: it is as safe as the home directory that it lies in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer

VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE_FILE"


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """A passphrase and where it comes from, in words."""

    text: str
    origin: str


class Passphrases:
    """What this person can offer.

    `ask` puts a question on a terminal; None where there is none. `made` hears of a new file.
    """

    def __init__(
        self,
        computer: Computer,
        *,
        ask: Callable[[str], str] | None = None,
        made: Callable[[Path], None] = lambda _: None,
    ) -> None:
        self._made = made
        self._computer = computer
        self._ask = ask

    @property
    def own_file(self) -> Path:
        return self._computer.home / ".cloudmesh" / "passphrase"

    def offered(self, stack: str) -> Iterator[Passphrase]:
        """Return those to try, one after the other. A variable has the only say.

        Errors: UsageProblem for a file that was named and cannot be read.
        """
        given = self.given()
        if given is not None:
            yield given
            return
        if self.own_file.is_file():
            yield self.from_file(self.own_file)
        if self._ask is not None:
            yield Passphrase(self._ask(f"Passphrase of the secrets of {stack}: "), "your answer")

    def at_hand(self) -> Passphrase | None:
        """Return what can be had without asking. Errors: UsageProblem, as above."""
        given = self.given()
        if given is None and self.own_file.is_file():
            return self.from_file(self.own_file)
        return given

    def given(self) -> Passphrase | None:
        """Return what a variable says. Errors: UsageProblem, as above."""
        environment = self._computer.environment
        if VARIABLE in environment:
            return Passphrase(environment[VARIABLE], VARIABLE)
        if environment.get(FILE_VARIABLE):
            return self.from_file(Path(environment[FILE_VARIABLE]))
        return None

    def for_new(self) -> Passphrase:
        """Return the one for a stack that has no secrets yet; without a variable, of our file."""
        given = self.given()
        if given is not None:
            return given
        if not self.own_file.is_file():
            self._make_own_file()
        return self.from_file(self.own_file)

    def _make_own_file(self) -> None:
        """Two at once make one file: who comes second takes what the first has made."""
        self.own_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.own_file.with_name(f"passphrase.{self._computer.new_id()}")
        draft.touch(mode=0o600)
        draft.write_text(f"{self._computer.new_key()}\n")
        try:
            self.own_file.hardlink_to(draft)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        self._made(self.own_file)

    def from_file(self, path: Path) -> Passphrase:
        """Errors: UsageProblem for a file that cannot be read."""
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageProblem(
                f"the passphrase cannot be read from {path}: {error}",
                hint="name a text file that you can read",
            ) from error
        return Passphrase(text.strip(), str(path))
