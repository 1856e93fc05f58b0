"""Who makes the resources: cmx, Pulumi's engine, Terraform."""

import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cloudmesh_iac.settings.computer import this_computer
from tests.bench.side_by_side.process import Cost, measured
from tests.bench.side_by_side.programs import TERRAFORM, write_programs
from tests.bench.surroundings import surroundings
from tests.rigs.pulumi.cli import VERSION, pulumi_home
from tests.rigs.starting import CannotStart

_SETUP_S = 60.0


class Operation(StrEnum):
    """In the order in which they are carried out on one set of resources."""

    CREATE = "create all"
    NO_OP = "nothing to change"
    CHANGE = "change one"
    DESTROY = "destroy all"


@dataclass(frozen=True, slots=True)
class Cap:
    """The largest number of resources that is measured, and why."""

    count: int
    reason: str = ""


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def cap(self) -> Cap: ...

    @property
    def operations(self) -> Collection[Operation]: ...

    def prepare(self, folder: Path) -> None:
        """Make a new project in an empty folder; not measured. Errors: Failed, CannotStart."""
        ...

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        """Errors: Failed."""
        ...


class Cmx:
    name = "cmx"
    cap = Cap(10_000)
    operations = tuple(Operation)

    def prepare(self, folder: Path) -> None:
        write_programs(folder)

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        cmx = [str(Path(sys.executable).with_name("cmx"))]
        if operation is Operation.DESTROY:
            command = [*cmx, "destroy", "many", "--yes"]
        else:
            options = ["--count", str(count), "--edit", _edit(operation)]
            command = [*cmx, "up", "many", "--yes", *options]
        return measured(
            command, folder=folder, environment=_environment(folder), timeout_s=timeout_s
        )


class Pulumi:
    name = f"Pulumi {VERSION}"
    cap = Cap(1_000, "its state file is written anew at each step: 100 times the time of 1,000")
    operations = tuple(Operation)

    def __init__(self) -> None:
        self._programs: Path | None = None

    def prepare(self, folder: Path) -> None:
        write_programs(folder)
        (folder / "state").mkdir()
        self._programs = pulumi_home(folder / "pulumi")

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        side = Path(__file__).with_name("pulumi_side.py")
        verb = "destroy" if operation is Operation.DESTROY else "up"
        path = this_computer().environment.get("PATH", "")
        environment = _environment(
            folder,
            {
                "PATH": f"{self._programs}:{path}",
                "PULUMI_HOME": str(folder / "pulumi-home"),
                "PULUMI_BACKEND_URL": f"file://{folder}/state",
                "PULUMI_CONFIG_PASSPHRASE": "bench",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_PYTHON_CMD": sys.executable,
                "PYTHONPATH": str(folder),
            },
        )
        command = [sys.executable, str(side), verb, str(count), _edit(operation)]
        return measured(command, folder=folder, environment=environment, timeout_s=timeout_s)


class Terraform:
    name = "Terraform"
    cap = Cap(1_000, "its destroy grows with the square: 100 times the time of 1,000")
    operations = tuple(Operation)

    def __init__(self) -> None:
        self._program = shutil.which("terraform")

    def prepare(self, folder: Path) -> None:
        if self._program is None:
            raise CannotStart("there is no `terraform` on this computer")
        (folder / "main.tf").write_text(TERRAFORM.lstrip())
        self._do(["init"], folder=folder, timeout_s=_SETUP_S)

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        verb = "destroy" if operation is Operation.DESTROY else "apply"
        values = ["-var", f"total={count}", "-var", f"edit={_edit(operation)}"]
        return self._do([verb, "-auto-approve", *values], folder=folder, timeout_s=timeout_s)

    def _do(self, words: Sequence[str], *, folder: Path, timeout_s: float) -> Cost:
        verb, *rest = words
        command = [str(self._program), verb, "-input=false", "-no-color", *rest]
        settings = folder / "settings.tfrc"  # nothing of the person's own has a say
        settings.touch()
        given = {"TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1"}
        return measured(
            command, folder=folder, environment=_environment(folder, given), timeout_s=timeout_s
        )


class SdkAlone:
    """No engine: what the evaluation of the program costs by itself, in any of the operations."""

    name = "Pulumi's SDK alone"
    cap = Cap(10_000)
    operations = (Operation.NO_OP,)

    def prepare(self, folder: Path) -> None:
        write_programs(folder)

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        side = Path(__file__).with_name("sdk_side.py")
        command = [sys.executable, str(side), str(count)]
        return measured(
            command, folder=folder, environment=_environment(folder), timeout_s=timeout_s
        )


def _edit(operation: Operation) -> str:
    return "1" if operation is Operation.CHANGE else "0"


def _environment(folder: Path, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return surroundings(home, given)
