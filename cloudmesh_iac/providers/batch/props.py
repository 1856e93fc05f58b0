"""The properties of the two job resources, and the values that schedulers work with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudmesh_iac.core.jobs import After, Done, JobRequest, JobState, SiteName, Start, Ticket
from cloudmesh_iac.providers.batch.identity import digest_of, rendered_command, whole


def to_start(props: Mapping[str, Any], *, project_dir: str) -> Start:
    """Return what a scheduler is asked to start for the inputs of a Submission."""
    run = int(props.get("run") or 0)
    sources: Mapping[str, str] = props.get("sources") or {}
    retries: Mapping[str, Any] = props.get("retries") or {}
    request = JobRequest(
        project=props["project"],
        stack=props["stack"],
        point=props["point"],
        command=rendered_command(props),
        identity=digest_of(props, run),
        identity_base=digest_of(props, 0),
        run=run,
        nodes=int(props.get("nodes") or 1),
        ntasks_per_node=int(props.get("ntasks_per_node") or 1),
        cpus_per_task=int(props.get("cpus_per_task") or 1),
        gpus_per_node=int(props.get("gpus_per_node") or 0),
        memory_mb=_int(props.get("memory_mb")),
        walltime_s=_int(props.get("walltime_s")),
        cluster=props.get("cluster"),
        queue=props.get("queue"),
        account=props.get("account"),
        qos=props.get("qos"),
        constraint=props.get("constraint"),
        reservation=props.get("reservation"),
        licenses=props.get("licenses"),
        exclusive=bool(props.get("exclusive")),
        signal=props.get("signal"),
        notify=props.get("notify"),
        modules=tuple(props.get("modules") or ()),
        environment=_texts(props.get("environment")),
        native=_texts(props.get("native")),
        directives=tuple(props.get("directives") or ()),
        input_files={name: f"{project_dir}/{path}" for name, path in sources.items()},
        parameters=_texts(props.get("parameters")),
        max_running=_int(props.get("max_running")),
        retries=int(retries.get("most") or 0),
        retry_on=tuple(retries.get("on") or ()),
        after=tuple(
            After(to_ticket(one["ticket"]), any_end=bool(one.get("any_end")))
            for one in props.get("after") or ()
        ),
        secrets=_texts(props.get("secrets")),
    )
    return Start(props["token"], request)


def to_submitted(props: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """Return the outputs of a Submission; its secrets stand among its inputs only."""
    shown = {key: value for key, value in props.items() if key != "secrets"}
    return {**shown, "job_id": ticket.shown_id, "ticket": from_ticket(ticket)}


def from_ticket(ticket: Ticket) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "site": str(ticket.site),
        "token": ticket.token,
        "remote_id": ticket.remote_id,
        "directory": ticket.directory,
    }
    if ticket.cluster:
        plain["cluster"] = ticket.cluster
    if ticket.by_name:
        plain["by_name"] = True
    if ticket.index is None:
        return plain
    return {**plain, "index": ticket.index, "array": ticket.array}


def to_ticket(plain: Mapping[str, Any]) -> Ticket:
    return Ticket(
        site=SiteName(plain["site"]),
        token=plain["token"],
        remote_id=plain["remote_id"],
        index=_int(plain.get("index")),
        directory=plain.get("directory", ""),
        array=plain.get("array", ""),
        cluster=plain.get("cluster", ""),
        by_name=bool(plain.get("by_name")),
    )


def to_completed(props: Mapping[str, Any], done: Done) -> dict[str, Any]:
    """Return the outputs of a Completion, without the metrics and files that are read later."""
    outputs: dict[str, Any] = {**props, "state": str(done.state), "reason": done.reason}
    outputs |= {"hosts": list(done.hosts), "signal": done.signal}
    if done.exit_code is not None:
        outputs["exit_code"] = done.exit_code
    if done.started_at is not None:
        outputs["started_at"] = done.started_at.isoformat()
    if done.ended_at is not None:
        outputs["ended_at"] = done.ended_at.isoformat()
    elapsed_s = _elapsed_s(done.started_at, done.ended_at)
    if elapsed_s is not None:
        outputs["elapsed_s"] = elapsed_s
    return outputs


def bad_end(outputs: Mapping[str, Any]) -> str:
    """Say in words how a job ended badly, or which metrics it did not leave; else nothing."""
    state = JobState(outputs["state"])
    if state.is_good:
        return "; ".join(outputs.get("missing") or ())
    words = [f"the job ended {state}"]
    if outputs.get("exit_code") is not None:
        words.append(f"with exit code {outputs['exit_code']}")
    if outputs.get("reason"):
        words.append(f"({outputs['reason']})")
    return " ".join(words)


def _elapsed_s(started: datetime | None, ended: datetime | None) -> float | None:
    if started is None or ended is None:
        return None
    return round((ended - started).total_seconds(), 3)


def _int(value: Any) -> int | None:
    return None if value is None else int(value)


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(whole(value)) for name, value in (values or {}).items()}
