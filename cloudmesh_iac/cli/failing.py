"""Say what went wrong, on stderr, and as JSON when that was asked for."""

import json
import sys

from rich.console import Console

from cloudmesh_iac.core.outcomes import Report
from cloudmesh_iac.errors import CmxError, ProgramFailed, UsageProblem
from cloudmesh_iac.views.errors_text import error_text


def report(error: CmxError, *, is_json: bool) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if isinstance(error, ProgramFailed) and error.traceback:
        console.print(error.traceback.rstrip(), soft_wrap=True, markup=False)
    shown = Report(
        error.message,
        error.subject,
        error.place,
        error.hint,
        is_whole=isinstance(error, UsageProblem),
    )
    console.print(error_text(shown), soft_wrap=True)
    if is_json:
        document = {
            "message": error.message,
            "subject": error.subject,
            "place": error.place,
            "hint": error.hint,
            "exit_code": int(error.exit_code),
        }
        said = {key: value for key, value in document.items() if value is not None}
        sys.stdout.write(json.dumps({"error": said}, indent=1) + "\n")
