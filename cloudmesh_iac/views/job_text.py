"""What is a job, for people to read?"""

import shlex

from cloudmesh_iac.core.jobs import JobScript


def script_text(found: JobScript) -> str:
    """Return the script, and below it what it runs, and how it is submitted, as comments."""
    command = found.command if found.command.endswith("\n") else f"{found.command}\n"
    parts = [found.script, "\n# --- command.sh ", "-" * 60, "\n", command]
    if found.submission:
        parts += ["\n# --- submitted with ", "-" * 56, "\n# ", shlex.join(found.submission), "\n"]
    return "".join(parts)
