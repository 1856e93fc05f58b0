"""What the lines of Slurm's commands say."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudmesh_iac.core.jobs import Done, Waiting
from cloudmesh_iac.providers.batch.outcome import parse_outcome
from cloudmesh_iac.providers.slurm.lines import (
    exit_of,
    expand_hosts,
    parse_job_id,
    parse_sacct,
    parse_squeue,
)
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.verdict import from_accounting, from_queue


def _cases() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "cases" / "jobs").glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text())):
            yield pytest.param(case, id=f"{path.stem}-{number}")


@pytest.mark.parametrize("case", list(_cases()))
def test_a_line_is_understood_as_its_case_says(case: dict[str, Any]) -> None:
    # when
    answer: Waiting | Done | None
    if "squeue" in case:
        (queued,) = parse_squeue(case["squeue"])
        answer = from_queue(queued, parse_outcome(case["exit"]) if "exit" in case else None)
    else:
        accounted = parse_sacct(case["sacct"])
        answer = from_accounting(token_of(accounted[-1].name), accounted)

    # then
    assert _facts(answer) == case.get("answer", {})


def _facts(answer: Waiting | Done | None) -> dict[str, object]:
    """Return what an answer says beside its defaults, in the words of the case files."""
    if answer is None:
        return {}
    facts: dict[str, object] = {"state": str(answer.state)}
    if isinstance(answer, Waiting):
        times = {"expected_start": answer.expected_start, "started_at": answer.started_at}
        facts |= {name: time.isoformat() for name, time in times.items() if time}
    else:
        facts["hosts"] = list(answer.hosts)
        assert answer.ended_at is not None
        if answer.exit_code is not None:
            facts["exit_code"] = answer.exit_code
        if answer.signal:
            facts["signal"] = answer.signal
    if answer.reason:
        facts["reason"] = answer.reason
    return facts


def test_names_of_other_people_do_not_disturb_the_other_lines() -> None:
    # given
    text = (
        "4|N/A|COMPLETED|None|2026-11-25T02:12:29|2026-11-25T02:12:29|0|0|node2|we|ird|a|b|/tmp/cap|\n"
        "5|N/A|COMPLETED|None|2026-11-25T02:12:29|2026-11-25T02:12:29|0|0|node2|two\nlines||/tmp|\n"
        "6|N/A|RUNNING|None|2026-11-25T02:12:29|N/A|0|0|n1|pi.cmx-a5|cmx:v1:a/b/pi|/odd|folder|\n"
    )

    # when
    jobs = {job.remote_id: job for job in parse_squeue(text)}

    # then
    assert jobs["6"].name == "pi.cmx-a5"
    assert jobs["6"].comment == "cmx:v1:a/b/pi"
    assert jobs["6"].directory == "/odd|folder"
    assert jobs["6"].start == datetime.fromisoformat("2026-11-25T02:12:29Z")
    assert not token_of(jobs["4"].name)


def test_an_attempt_that_was_requeued_and_a_strangers_job_are_no_end() -> None:
    # given
    jobs = parse_sacct(
        "8|COMPLETED|0:0|2026-11-24T02:12:29|2026-11-24T02:12:31|node4|old.cmx-x1\n"
        "8|REQUEUED|0:0|2026-11-25T02:12:29|2026-11-25T02:12:31|node4|pi.cmx-a7\n"
        "8|FAILED|2:0|2026-11-25T02:14:29|2026-11-25T02:14:31|node1|pi.cmx-a7\n"
    )

    # then
    done = from_accounting("a7", jobs)
    assert isinstance(done, Done)
    assert (done.exit_code, done.hosts) == (2, ("node1",))
    assert from_accounting("a7", jobs[:2]) is None


@pytest.mark.parametrize(
    ("text", "job_id"),
    [("1361\n", "1361"), ("Welcome!\n1361;big\n", "1361"), ("", None), ("Submitted 7", None)],
)
def test_the_id_is_found_in_what_sbatch_prints(text: str, job_id: str | None) -> None:
    assert parse_job_id(text) == job_id


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", ()),
        ("(null)", ()),
        ("n1", ("n1",)),
        ("n[1-2]-ib,x", ("n1-ib", "n2-ib", "x")),
        ("r1n[09-11,20]", ("r1n09", "r1n10", "r1n11", "r1n20")),
    ],
)
def test_names_of_nodes_are_written_out(text: str, hosts: tuple[str, ...]) -> None:
    assert expand_hosts(text) == hosts


def test_a_wait_status_is_an_exit_code_or_a_signal() -> None:
    assert [exit_of(status) for status in (0, 1792, 9, 4021, 127)] == [
        (0, 0),
        (7, 0),
        (0, 9),
        (0, 53),
        (0, 0),
    ]


def test_the_tasks_of_an_array_are_told_apart() -> None:
    # given
    queue = (
        "7|4|PENDING|None|N/A|N/A|0|0||a.cmx-a1|c|/w|\n8|N/A|PENDING|None|N/A|N/A|0|0||b|c|/w|\n"
    )
    accounting = (
        "7_2|COMPLETED|0:0|N|N|n1|a\n7_[4-5%2]|PENDING|0:0|N|N||a\n12+0|FAILED|1:0|N|N||h\n"
    )

    # then
    assert [(job.remote_id, job.tasks) for job in parse_squeue(queue)] == [
        ("7", frozenset({4})),
        ("8", None),
    ]
    assert [(job.remote_id, job.tasks) for job in parse_sacct(accounting)] == [
        ("7", frozenset({2})),
        ("7", frozenset({4, 5})),
        ("12", None),
    ]
