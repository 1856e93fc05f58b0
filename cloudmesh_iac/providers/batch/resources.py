"""The two resources that stand for a job in a program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cloudmesh_iac.providers.batch.handlers import CompletionHandler, SubmissionHandler

_SUBMISSION_HANDLER = SubmissionHandler()
_COMPLETION_HANDLER = CompletionHandler()


class Submission(Resource, module="cmx", name="Submission"):
    """A job that a scheduler has taken; there in milliseconds."""

    job_id: pulumi.Output[str]
    ticket: pulumi.Output[dict[str, Any]]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = {"job_id": None, "ticket": None}
        super().__init__(_SUBMISSION_HANDLER, name, {**outputs, **props}, opts)


class Completion(Resource, module="cmx", name="Completion"):
    """The end of a job: its state, exit code, times, outputs and metrics."""

    state: pulumi.Output[str]
    exit_code: pulumi.Output[int | None]
    metrics: pulumi.Output[dict[str, Any]]
    files: pulumi.Output[list[str]]
    log: pulumi.Output[str]
    elapsed_s: pulumi.Output[float | None]
    hosts: pulumi.Output[list[str]]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs: dict[str, Any] = {
            "state": None,
            "exit_code": None,
            "metrics": None,
            "files": None,
            "log": None,
            "elapsed_s": None,
            "hosts": None,
        }
        super().__init__(_COMPLETION_HANDLER, name, {**outputs, **props}, opts)


@dataclass(frozen=True, slots=True)
class DeclaredJob:
    submission: Submission
    completion: Completion


def declare_job(
    name: str,
    submission: Mapping[str, Any],
    completion: Mapping[str, Any],
    *,
    opts: pulumi.ResourceOptions,
) -> DeclaredJob:
    """Declare a job: its submission, and its end, which needs the submission's ticket."""
    submitted = Submission(name, submission, opts)
    ended = Completion(name, {**completion, "ticket": submitted.ticket}, opts)
    return DeclaredJob(submitted, ended)
