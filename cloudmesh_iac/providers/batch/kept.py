"""What is recorded of a job whose old result a person accepts for its new inputs?"""

from dataclasses import replace

from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.values import Properties

_OF_THE_RUN = ("token", "run")
_OF_THE_START = ("job_id", "ticket", "found_run")


def with_old_result(record: Record, inputs: Properties) -> Record:
    """Return the record with the inputs as they are wanted now, and the run as it was."""
    was = {key: record.inputs[key] for key in _OF_THE_RUN if key in record.inputs}
    kept = {key: record.outputs[key] for key in _OF_THE_START if key in record.outputs}
    now = {**inputs, **was}
    return replace(record, inputs=now, outputs={**now, **kept})
