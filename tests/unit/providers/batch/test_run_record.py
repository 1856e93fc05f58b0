"""What a run was, kept beside its results."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from cloudmesh_iac.core.jobs import SiteName, Start, Ticket
from cloudmesh_iac.providers.batch.files import prepare
from cloudmesh_iac.providers.batch.manifest import to_manifest, write_manifest
from cloudmesh_iac.providers.batch.run_record import write_record
from tests.unit.providers.batch.requests import a_request


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_record_says_what_ran_on_what_and_what_came_of_it(tmp_path: Path) -> None:
    # given
    (tmp_path / "data").write_text("1 2 3")
    directory, folder = tmp_path / "job", tmp_path / "results"
    folder.mkdir()
    (folder / "out.csv").write_text("n\n1\n")
    request = a_request(
        command="./work data",
        input_files={"data": str(tmp_path / "data")},
        parameters={"n": "3"},
        commit="abc+",
    )
    prepare(directory, request, script="#!/bin/bash\n")
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    start = Start("t1", request)
    write_manifest(directory, to_manifest(start, site="big", submitted_at=now, remote_id="7"))
    ticket = Ticket(SiteName("big"), "t1", "7", 3, directory=str(directory), array="a1")

    # when
    outputs = {"state": "COMPLETED", "exit_code": 0, "hosts": ["n1"], "reason": ""}
    write_record(folder, ticket, outputs, files=["out.csv", "gone.csv"])

    # then
    record = json.loads((folder / "record.json").read_text())
    assert record["commit"] == "abc+"
    assert record["command"] == "./work data"
    assert record["parameters"] == {"n": "3"}
    assert record["inputs"] == {"command.sh": sha256("./work data"), "data": sha256("1 2 3")}
    assert record["script"] == sha256("#!/bin/bash\n")
    assert record["outputs"] == {"out.csv": sha256("n\n1\n")}
    assert (record["site"], record["job_id"], record["hosts"]) == ("big", "7_3", ["n1"])
    assert (record["state"], record["exit_code"]) == ("COMPLETED", 0)
    assert record["submitted_at"] == now.isoformat()
    assert "reason" not in record


def test_a_directory_that_is_gone_leaves_the_rest(tmp_path: Path) -> None:
    # given
    ticket = Ticket(SiteName("big"), "t1", "7", directory=str(tmp_path / "gone"))

    # when
    write_record(tmp_path, ticket, {"state": "LOST"}, files=[])

    # then
    record = json.loads((tmp_path / "record.json").read_text())
    assert (record["job_id"], record["state"], record["outputs"]) == ("7", "LOST", {})
    assert "command" not in record
