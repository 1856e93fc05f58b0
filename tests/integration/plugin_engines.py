"""The same program and the same plugin, carried out by both engines."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cloudmesh_iac.core.records import Record, StackId
from cloudmesh_iac.core.urns import STACK_TYPE
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.plugin_settings import ATTACHED_VARIABLE
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.wire.marks import ASSET, SECRET, SIGNATURE, UNKNOWN_TEXT
from cloudmesh_iac.wire.plain import plain_properties
from tests.integration.cli import SOURCE, Cmx, Said
from tests.rigs.scripted.program import install
from tests.rigs.scripted.script import PACKAGE, VARIABLE, Script, ScriptFolder

STACK = "study"
_RUN = Path(__file__).with_name("pulumi_run.py")
_LONGEST_S = 180
# What differs by nature: ids that nobody can foresee, names made of seeds, how a call was encoded.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SEEDED = re.compile(r"seed:[0-9a-f]{8}")
_OWN = {"randomSeed", "seed"}
# Ours does not take what a plugin tells of the parts of a resource.
_VIEWS = {"resource_status_address", "resource_status_token"}
# How a process begins and ends is each engine's own affair, and so is who asks first.
_AROUND = {"handshake", "attach", "cancel"}


@dataclass(frozen=True)
class Came:
    """What came of one operation: whether it failed, its calls, and the state after it."""

    has_failed: bool
    calls: Sequence[Mapping[str, Any]]
    state: Mapping[str, Any]
    words: str = ""


class Engine(Protocol):
    @property
    def folder(self) -> ScriptFolder: ...

    def attach(self, port: int) -> None:
        """Use a plugin that runs already."""
        ...

    def write(self, program: str) -> None: ...

    def script(self, script: Script) -> None: ...

    def run(self, operation: str) -> Came: ...


class Ours:
    def __init__(self, cmx: Cmx) -> None:
        self._cmx = cmx
        self.folder = ScriptFolder(cmx.folder / "script")
        install(cmx.home / ".pulumi" / "plugins")
        cmx.environment[VARIABLE] = str(self.folder.folder)

    def attach(self, port: int) -> None:
        self._cmx.environment[ATTACHED_VARIABLE] = f"{PACKAGE}:{port}"

    def write(self, program: str) -> None:
        self._cmx.program(program)

    def script(self, script: Script) -> None:
        self.folder.write(script)

    def run(self, operation: str) -> Came:
        plan = self._run("preview")[0] if operation == "up" else []
        calls, said = self._run(operation)
        # `cmx up` plans first, unless nothing is to be done: those are the calls of a preview.
        carried_out = calls[len(plan) :] if len(calls) > len(plan) else calls
        calls = _normal(carried_out, operation)
        return Came(said.code != 0, calls, self._state(), said.all)

    def _run(self, operation: str) -> tuple[Sequence[Mapping[str, Any]], Said]:
        self.folder.forget_all_but("create", "update")
        before = len(self.folder.calls())
        asked = [] if operation == "preview" else ["--yes"]
        said = self._cmx(operation, *asked, code=None, timeout_s=_LONGEST_S)
        calls = self.folder.calls()[before:]
        return [call for call in calls if call["method"] not in _AROUND], said

    def _state(self) -> Mapping[str, Any]:
        store = SqliteStore(self._cmx.store, computer=this_computer())
        try:
            records = store.snapshot(StackId("lab", STACK)).records
        finally:
            store.close()
        return {one.urn: _our_record(one) for one in records if one.type != STACK_TYPE}


class Theirs:
    def __init__(self, folder: Path, programs: Path) -> None:
        self._place = folder
        self._programs = programs
        self.folder = ScriptFolder(folder / "script")
        self._more: dict[str, str] = {}
        for name in ("state", "project"):
            (folder / name).mkdir(parents=True)
        install(folder / "home" / "plugins")

    def attach(self, port: int) -> None:
        self._more[ATTACHED_VARIABLE] = f"{PACKAGE}:{port}"

    def write(self, program: str) -> None:
        (self._place / "program.py").write_text(program)

    def script(self, script: Script) -> None:
        self.folder.write(script)

    def run(self, operation: str) -> Came:
        self.folder.forget_all_but("create", "update")
        before = len(self.folder.calls())
        done = subprocess.run(
            [sys.executable, str(_RUN), operation, str(self._place / "program.py")],
            cwd=self._place / "project",
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        calls = _normal(self.folder.calls()[before:], operation)
        resources = said["state"].get("resources") or ()
        state = {one["urn"]: _their_record(one) for one in resources if one["type"] != STACK_TYPE}
        return Came(bool(said["error"]), calls, state, said["error"])

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self._programs}:{this_computer().environment['PATH']}",
            "HOME": str(self._place / "home"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "PULUMI_HOME": str(self._place / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._place / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "open",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            VARIABLE: str(self.folder.folder),
            **self._more,
        }


def _normal(calls: Sequence[Mapping[str, Any]], operation: str) -> list[Mapping[str, Any]]:
    """Return calls without what may differ, in an order of their own.

    In an `up`, ours goes on with the provider that was configured for the plan. A `refresh` of ours
    looks a second time, when it records what it has shown.
    """
    left_out = {*_AROUND, *(["configure"] if operation == "up" else [])}
    kept = [
        {
            key: _same_everywhere(value)
            for key, value in call.items()
            if key not in _OWN | _VIEWS and not (call["method"] == "read" and value == {})
        }
        for call in calls
        if call["method"] not in left_out
    ]
    written = [json.dumps(call, sort_keys=True) for call in kept]
    return [
        json.loads(text) for text in sorted(set(written) if operation == "refresh" else written)
    ]


def _same_everywhere(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace(UNKNOWN_TEXT, "UNKNOWN")
        return _SEEDED.sub("seed:*", _UUID.sub("UUID", value))
    if isinstance(value, Mapping):
        # Where a hash says enough, Pulumi leaves the content of an asset out; ours does not.
        content = {"text"} if value.get(SIGNATURE) == ASSET else set()
        kept = {key: item for key, item in value.items() if key not in content}
        return {key: _same_everywhere(item) for key, item in kept.items() if item is not None}
    if isinstance(value, Sequence):
        return [_same_everywhere(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _our_record(record: Record) -> Any:
    return _same_everywhere(
        {
            "type": record.type,
            "id": record.id or None,
            "inputs": _bare(plain_properties(record.inputs)),
            "outputs": _bare(plain_properties(record.outputs)),
            "provider": record.provider or None,
            "initErrors": list(record.init_errors),
        }
    )


def _their_record(resource: Mapping[str, Any]) -> Any:
    return _same_everywhere(
        {
            "type": resource["type"],
            "id": resource.get("id"),
            "inputs": _bare(resource.get("inputs", {})),
            "outputs": _bare(resource.get("outputs", {})),
            "provider": resource.get("provider"),
            "initErrors": resource.get("initErrors", []),
        }
    )


def _bare(value: Any) -> Any:
    """Secrets are encrypted there with another key: only that there is one can be compared."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return "a secret"
        # An empty version of a reference's package is written there, and left out here.
        return {
            key: _bare(item)
            for key, item in value.items()
            if not (key == "packageVersion" and item == "")
        }
    return [_bare(item) for item in value] if isinstance(value, list | tuple) else value
