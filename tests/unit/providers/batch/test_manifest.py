from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import JobRequest, Start, Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import EXIT, MANIFEST, job_directory
from cloudmesh_iac.providers.batch.manifest import (
    Manifest,
    find_finished,
    mark_cancelled,
    read_manifest,
    to_manifest,
    write_manifest,
)
from tests.builders import NOON
from tests.unit.providers.batch.requests import a_request


def a_manifest(request: JobRequest | None = None) -> Manifest:
    start = Start("token-1", request or a_request(parameters={"n": "1"}))
    return to_manifest(start, site="bigred200", submitted_at=NOON, remote_id="1361", index=4)


def leave(workdir: Path, request: JobRequest, exit_text: str | None = "1361 0 0 1 2") -> Path:
    """Make the directory of a job that has run."""
    directory = job_directory(workdir, request)
    directory.mkdir(parents=True)
    write_manifest(directory, a_manifest(request))
    if exit_text is not None:
        (directory / EXIT).write_text(exit_text)
    return directory


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_written_is_read(tmp_path: Path, *, durable: bool) -> None:
    write_manifest(tmp_path, a_manifest(), durable=durable)
    assert read_manifest(tmp_path) == a_manifest()
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_manifest_gives_the_ticket_back() -> None:
    ticket = a_manifest().to_ticket(Path("/jobs/pi"))
    assert ticket == Ticket(ticket.site, "token-1", "1361", 4, "/jobs/pi")
    assert ticket.site == "bigred200"


def test_no_manifest_is_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}'])
def test_an_unreadable_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(SiteRefused) as refused:
        read_manifest(tmp_path)
    assert refused.value.subject == str(tmp_path / MANIFEST)


def test_a_finished_result_is_found(tmp_path: Path) -> None:
    # given
    request = a_request()
    directory = leave(tmp_path, request, "1361 0 3 1 2")

    # when
    found = find_finished(tmp_path, request)

    # then
    assert found is not None
    assert found.outcome.exit_code == 3
    assert found.ticket.directory == str(directory)


def test_one_that_did_not_end_or_was_cancelled_is_no_result(tmp_path: Path) -> None:
    # given
    leave(tmp_path, a_request(identity="unfinished", identity_base="b1"), None)
    cancelled = a_request(identity="cancelled", identity_base="b2")
    mark_cancelled(leave(tmp_path, cancelled))

    # when, then
    assert find_finished(tmp_path, a_request(identity="unfinished", identity_base="b1")) is None
    assert find_finished(tmp_path, cancelled) is None


def test_the_newest_later_run_stands_for_a_forgotten_one(tmp_path: Path) -> None:
    # given
    for run in (1, 2):
        leave(tmp_path, a_request(identity=f"id{run}", run=run))
    leave(tmp_path, a_request(identity="id3", run=3), None)
    leave(tmp_path, a_request(identity="other", identity_base="other", run=9))

    # when
    found = find_finished(tmp_path, a_request(run=0))

    # then
    assert found is not None
    assert found.manifest.run == 2
    assert find_finished(tmp_path, a_request(identity="id4", run=4)) is None


def test_a_strangers_folder_beside_it_does_not_matter(tmp_path: Path) -> None:
    # given
    directory = leave(tmp_path, a_request(identity="id1", run=1))
    (directory.parent / "n=1").mkdir()
    (directory.parent / "broken").mkdir()
    (directory.parent / "broken" / MANIFEST).write_text("{")
    (directory.parent / "file").write_text("")

    # when, then
    assert find_finished(tmp_path, a_request()) is not None


def test_marking_twice_and_marking_nothing_are_harmless(tmp_path: Path) -> None:
    mark_cancelled(tmp_path)
    write_manifest(tmp_path, a_manifest())
    mark_cancelled(tmp_path)
    mark_cancelled(tmp_path)
    assert read_manifest(tmp_path) == replace(a_manifest(), cancelled=True)
