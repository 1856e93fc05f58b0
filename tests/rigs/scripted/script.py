"""What the scripted plugin does, as a file that its tests write and its process reads."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle.case import Behaviour, Fault

VARIABLE = "CMX_SCRIPTED_PLUGIN"
PACKAGE = "test"
VERSION = "1.2.3"
_SCRIPT = "script.json"
_CALLS = "calls.jsonl"


@dataclass(frozen=True)
class Script:
    """How one scripted plugin behaves.

    `types` are those of tests/oracle; faults are too, without `when`, and with the kinds `die` and
    `hang`. `handshake` False is an old plugin, which says what it accepts when it is configured.
    `start` makes the process fail: `silent`, `garbage`, `ends`, `port of nobody`. `needs` are
    settings without which it cannot be configured, `replacing` those whose change needs a new one.
    `schema` is the text of its schema.
    `naming` says that it obeys rules for the names that it makes up.
    """

    types: Mapping[str, Behaviour] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    accepts_secrets: bool = True
    accepts_resources: bool = True
    handshake: bool = True
    previews: bool = True
    config_calls: bool = True
    needs: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()
    start: str = ""
    stubborn: bool = False
    prints: str = ""
    logs: str = ""
    schema: str = ""
    naming: bool = True


class ScriptFolder:
    """Where the script lies, and where the plugin writes down what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, script: Script) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{_SCRIPT}.draft"
        draft.write_text(json.dumps(asdict(script)))
        draft.replace(self.folder / _SCRIPT)

    def read(self) -> Script:
        data = json.loads((self.folder / _SCRIPT).read_text())
        types = {name: _behaviour(one) for name, one in data.pop("types").items()}
        faults = tuple(Fault(**one) for one in data.pop("faults"))
        return Script(types=types, faults=faults, **{key: _fixed(data[key]) for key in data})

    def note(self, call: Mapping[str, Any]) -> None:
        with (self.folder / _CALLS).open("a") as file:
            file.write(json.dumps(call, sort_keys=True) + "\n")

    def calls(self, *methods: str) -> list[dict[str, Any]]:
        """Return what was asked, all of it or by these methods only, in order."""
        file = self.folder / _CALLS
        lines = file.read_text().splitlines() if file.exists() else []
        calls = [json.loads(line) for line in lines]
        return [call for call in calls if not methods or call["method"] in methods]

    def forget_all_but(self, *methods: str) -> None:
        """Forget calls but those that objects are counted by."""
        kept = self.calls(*methods)
        lines = [json.dumps(call, sort_keys=True) + "\n" for call in kept]
        (self.folder / _CALLS).write_text("".join(lines))


def _behaviour(data: Mapping[str, Any]) -> Behaviour:
    return Behaviour(**{key: _fixed(value) for key, value in data.items()})


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
