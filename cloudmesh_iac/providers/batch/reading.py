"""Read what an ended job has left behind, and keep it beside the program."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.engine.abilities import RunsJobs
from cloudmesh_iac.providers.batch.job_secrets import remove_secrets
from cloudmesh_iac.providers.batch.metrics import metric_files, missing_outputs, read_metrics
from cloudmesh_iac.providers.batch.props import bad_end, to_ticket
from cloudmesh_iac.providers.batch.results import OWN_LOGS, clear_result, write_result
from cloudmesh_iac.providers.batch.run_record import write_record


def read_results(
    props: Mapping[str, Any],
    outputs: dict[str, Any],
    scheduler: RunsJobs,
    *,
    folder: Path,
    project_dir: Path,
) -> dict[str, Any]:
    """Return `outputs` with the metrics, the files and the log of a job, and write them down.

    Errors: SiteUnreachable, SiteRefused; OSError for a folder that cannot be written.
    """
    ticket = to_ticket(props["ticket"])
    specs: Mapping[str, Mapping[str, Any]] = props.get("measure") or {}
    wanted = [*(props.get("outputs") or ()), *metric_files(specs), *OWN_LOGS]
    if ticket.directory:
        remove_secrets(Path(ticket.directory))
    clear_result(folder)
    fetched = scheduler.fetch(ticket, list(dict.fromkeys(wanted)), folder)
    metrics, problems = read_metrics(folder, specs, project_dir=project_dir)
    problems += missing_outputs(props.get("outputs") or (), fetched)
    # A metric that is not there is None: a program may ask for it all the same.
    outputs |= {"metrics": {**dict.fromkeys(specs), **metrics}}
    outputs |= {"files": [one for one in fetched if one not in OWN_LOGS]}
    outputs |= {"log": str(scheduler.log_path(ticket))}
    if problems and outputs["state"] == JobState.COMPLETED:
        outputs["missing"] = problems
    outputs["summary"] = bad_end(outputs)
    write_result(folder, outputs)
    write_record(folder, ticket, outputs, files=fetched)
    return outputs
