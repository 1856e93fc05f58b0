"""Options of the command line that the program never asked for."""

from collections.abc import Mapping

from cloudmesh_iac.core.near_names import nearest
from cloudmesh_iac.engine.ports.program import Asked
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
        near = nearest(name, names)
        words.append(f"--{name}" + ("" if near is None else f" (did you mean --{near}?)"))
    known = ", ".join(f"--{name}" for name in names) or "none"
    raise UsageProblem(
        f"the program did not ask for {', '.join(words)}", hint=f"its parameters: {known}"
    )
