"""The same program on the same cloud, carried out by both engines: each in a project of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cloudmesh_iac.settings.computer import this_computer
from tests.integration.cli import SOURCE, Cmx
from tests.rigs.openstack.lab import Tenant
from tests.rigs.openstack.listening import Listening

_RUN = Path(__file__).with_name("pulumi_run.py")
_LONGEST_S = 900
_CHANGES = ("Create", "Update", "Delete")
# What the cloud makes up, for each project anew.
_MADE_UP = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b(?:10\.9\.0|203\.0\.113)\.\d+\b(?!/)"
)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one operation: what it said, and what the plugin was asked to change."""

    has_failed: bool
    words: str
    changes: Sequence[Mapping[str, Any]]


class Engine(Protocol):
    @property
    def tenant(self) -> Tenant: ...

    def run(self, operation: str, program: str) -> Came:
        """Run preview, up, up-refresh or destroy."""
        ...


class Ours:
    def __init__(self, cmx: Cmx, tenant: Tenant) -> None:
        self._cmx = cmx
        self.tenant = tenant
        self._listening = Listening(cmx.folder / "listening")
        self._listening.install(cmx.home / ".pulumi" / "plugins")
        cmx.environment.update(surroundings(tenant, self._listening))

    def run(self, operation: str, program: str) -> Came:
        self._cmx.program(program)
        name, _, refresh = operation.partition("-")
        options = ["--yes"] if name != "preview" else []
        options += ["--refresh"] if refresh else []
        self._listening.forget()
        said = self._cmx(name, *options, code=None, timeout_s=_LONGEST_S)
        return Came(said.code != 0, said.all, _changes(self._listening))


class Theirs:
    def __init__(self, folder: Path, programs: Path, tenant: Tenant) -> None:
        self._folder = folder
        self.tenant = tenant
        self._listening = Listening(folder / "listening")
        for name in ("state", "project"):
            (folder / name).mkdir(parents=True)
        self._listening.install(folder / "home" / "plugins")
        self._environment = {
            "PATH": f"{programs}:{this_computer().environment['PATH']}",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "open",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **surroundings(tenant, self._listening),
        }

    def run(self, operation: str, program: str) -> Came:
        file = self._folder / "program.py"
        file.write_text(program)
        self._listening.forget()
        done = subprocess.run(
            [sys.executable, str(_RUN), operation, str(file)],
            cwd=self._folder / "project",
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        error: str = json.loads(done.stdout.splitlines()[-1])["error"]
        return Came(bool(error), error, _changes(self._listening))


def surroundings(tenant: Tenant, listening: Listening | None = None) -> Mapping[str, str]:
    """Return how a program finds the cloud: by variables, and by the name `lab`."""
    heard = {} if listening is None else listening.environment
    return {**tenant.environment, **heard, "OS_CLIENT_CONFIG_FILE": str(tenant.file)}


def _changes(listening: Listening) -> Sequence[Mapping[str, Any]]:
    """Return what was changed, with its inputs, in an order of its own.

    What is compared with the inputs, and what is sent along of outputs, is the cloud's.
    """
    changes = []
    for call in listening.calls(*_CHANGES):
        if not call.get("preview"):
            key = {"Create": "properties", "Update": "news"}.get(call["method"], "")
            words = json.dumps(call.get(key), sort_keys=True)
            inputs = json.loads(_MADE_UP.sub("*", words))
            changes.append({"method": call["method"], "urn": call["urn"], "inputs": inputs})
    return sorted(changes, key=lambda change: (change["urn"], change["method"]))
