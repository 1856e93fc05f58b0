"""How does a job of ours show in Slurm whose it is?

The name carries the token, and finds a job again. The comment says to whom it belongs; some sites
keep comments for themselves, so nothing rests on it alone.
"""

import re

from cloudmesh_iac.core.jobs import JobRequest

_MARK = ".cmx-"
_LONGEST_NAME = 199  # sacct cuts names at 255
_LONGEST_COMMENT = 1000  # bytes; Slurm refuses more than 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9._=,+@/:-]")


def job_name(request: JobRequest, token: str) -> str:
    """Return `pi-n-100.cmx-<token>`: squeue shows the first 8 characters, so words come first."""
    readable = _UNSAFE.sub("-", request.point).strip("-.") or "job"
    return f"{readable[: _LONGEST_NAME - len(_MARK) - len(token)]}{_MARK}{token}"


def token_of(name: str) -> str:
    """Return the token in a job's name; empty for a job that is not ours."""
    return name.rpartition(_MARK)[2] if _MARK in name else ""


def comment(request: JobRequest) -> str:
    return (comment_start(request.project, request.stack) + _safe(request.point))[:_LONGEST_COMMENT]


def comment_start(project: str, stack: str) -> str:
    """Return what the comments of all jobs of a stack begin with."""
    return f"cmx:v1:{_safe(project, '/')}/{_safe(stack, '/')}/"


def _safe(text: str, also: str = "") -> str:
    safe = _UNSAFE_IN_COMMENT.sub("_", text)
    return safe.replace(also, "_") if also else safe
