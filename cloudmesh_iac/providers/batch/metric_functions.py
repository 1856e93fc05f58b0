"""Let a function of the person's own make a value of a job's files.

It runs in an interpreter of its own: what it imports, prints or breaks is none of ours.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from cloudmesh_iac.settings.computer import python

_LONGEST_S = 60
# The answer comes behind a mark, on a line of its own: the function may print.
_MARK = "cmx-value:"
_CALL = """
import importlib.util, json, pathlib, sys
script, name, folder = sys.argv[1:4]
sys.path.insert(0, str(pathlib.Path(script).parent))
spec = importlib.util.spec_from_file_location(pathlib.Path(script).stem, script)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
value = getattr(module, name)(pathlib.Path(folder))
value = value.item() if hasattr(value, "item") else value
print("\\n" + sys.argv[4] + json.dumps(value))
"""


def call_function(script: Path, name: str, folder: Path) -> Any:
    """Return what `name(folder)` in a Python file returns; a number, a text or a truth value.

    Errors: ValueError for a script that is not there, and with the last line of what it said when
    it fails, lasts longer than a minute, or returns what JSON cannot say.
    """
    if not script.is_file():
        raise ValueError(f"{script} is not there")
    try:
        ended = subprocess.run(
            [python(), "-c", _CALL, str(script), name, str(folder), _MARK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"{script.name}: {name} did not return within {_LONGEST_S} s") from error
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["it failed without a word"])[-1]
        raise ValueError(f"{script.name}: {name}: {last}")
    answers = [one for one in ended.stdout.splitlines() if one.startswith(_MARK)]
    if not answers:
        raise ValueError(f"{script.name}: {name} ended the program before it returned")
    return json.loads(answers[-1].removeprefix(_MARK))
