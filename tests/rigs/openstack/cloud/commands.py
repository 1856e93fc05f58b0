"""What is run to its end while a control plane starts: its own tools, SQL, scripts."""

from dataclasses import dataclass
from pathlib import Path

from tests.rigs.openstack.cloud.plan import Plan
from tests.rigs.openstack.cloud.settings import file_name
from tests.rigs.processes import Processes

_HERE = Path(__file__).parent
_COMMAND_S = 900.0


@dataclass(frozen=True, slots=True)
class Commands:
    """All of them end with CannotStart when the command fails."""

    plan: Plan
    processes: Processes

    def run(self, name: str, *argv: str | Path) -> None:
        self.processes.run(name, argv, timeout_s=_COMMAND_S)

    def manage(self, program: str, service: str, *words: str) -> None:
        self.run(
            f"{service}-made", self.plan.bin / program, *settings_of(self.plan, service), *words
        )

    def sql(self, statements: str) -> str:
        client = ("mariadb", "--no-defaults", "-uroot", "-S", self.plan.socket, "-N")
        return self.processes.run("sql", client, piped=statements, timeout_s=_COMMAND_S).strip()

    def furnish(self, what: str, told: str = "") -> None:
        script = (self.plan.bin / "python", _HERE / "furnish.py", what)
        self.processes.run("furnish", script, piped=told, timeout_s=_COMMAND_S)


def settings_of(plan: Plan, service: str) -> tuple[str, str]:
    """Return the words that name a service its settings."""
    return "--config-file", str(plan.etc / service / file_name(service))
