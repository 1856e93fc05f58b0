"""The SDK waits for its calls one by one, and not for all its outputs at each answer."""

import subprocess
import sys
from pathlib import Path

from tests.unit.program.one_by_one import THINGS

_PROJECT = Path(__file__).parents[3]
_FEW = 20


def test_outputs_are_looked_at_when_all_calls_are_answered() -> None:
    # when: in an interpreter of its own, for the SDK's settings stay in the process
    said = subprocess.run(
        [sys.executable, "-m", "tests.unit.program.one_by_one"],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    # then
    answered, looks = map(int, said.stdout.split())
    assert answered == THINGS + 1
    assert looks < _FEW
