"""Options of the command line that the program never asked for."""

import difflib
from collections.abc import Mapping

from cloudmesh_iac.engine.ports import Asked
from cloudmesh_iac.errors import UsageProblem


def raise_unasked(options: Mapping[str, str], asked: Asked, project: str) -> None:
    """Errors: UsageProblem that names every option nobody asked for, with the nearest one."""
    names = sorted(
        key.removeprefix(f"{project}:") for key in asked.keys if key.startswith(f"{project}:")
    )
    wrong = sorted(name for name in options if name not in names)
    if not wrong:
        return
    words = []
    for name in wrong:
        near = difflib.get_close_matches(name, names, n=1)
        words.append(f"--{name}" + (f" (did you mean --{near[0]}?)" if near else ""))
    known = ", ".join(f"--{name}" for name in names) or "none"
    raise UsageProblem(
        f"the program did not ask for {', '.join(words)}", hint=f"its parameters: {known}"
    )
