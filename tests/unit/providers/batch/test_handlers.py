"""The two dynamic providers of every job, called as Pulumi's own host calls them."""

from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest, CreateResult, UpdateResult
from pulumi.output import Unknown

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.handlers import (
    CompletionHandler,
    SubmissionHandler,
)
from cloudmesh_iac.providers.batch.identity import LIMIT_KEYS, REPLACING_KEYS, SILENT_KEYS
from cloudmesh_iac.providers.dynamic.seed import CURRENT_SEED
from cloudmesh_iac.settings.load import load
from tests.unit.providers.batch.sites import FAR, FarSite, Lab, TickingClock


def unknown() -> Unknown:
    return Unknown()  # type: ignore[no-untyped-call] # the SDK's


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, clock=TickingClock())


@pytest.fixture
def submission(lab: Lab) -> SubmissionHandler:
    handler = SubmissionHandler()
    handler.jobs = lab.jobs
    return handler


@pytest.fixture
def completion(lab: Lab) -> CompletionHandler:
    handler = CompletionHandler()
    handler.jobs = lab.jobs
    return handler


def outs_of(result: CreateResult | UpdateResult) -> dict[str, Any]:
    assert result.outs is not None
    return result.outs


def news(lab: Lab, **more: Any) -> dict[str, Any]:
    """Return what a program says of a submission."""
    said = lab.submission()
    del said["token"]
    return {**said, **more}


# --- both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SubmissionHandler, CompletionHandler])
def test_a_handler_finds_its_sites_by_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[SubmissionHandler | CompletionHandler],
) -> None:
    # given
    (tmp_path / "Pulumi.yaml").write_text("name: lab\n")
    (tmp_path / "cloudmesh.yaml").write_text("sites: {sim: {kind: simulated}}\n")
    monkeypatch.setenv("CMX_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    load.cache_clear()
    handler = kind()

    # when
    try:
        handler.configure(ConfigureRequest(Config({}, "lab")))
    finally:
        load.cache_clear()

    # then
    assert handler.jobs.problem("sim") is None
    assert vars(kind()) == {}, "nothing of it may be pickled into the state"


# --- the submission -------------------------------------------------------------------------------


def test_a_check_fills_in_token_and_run(lab: Lab, submission: SubmissionHandler) -> None:
    # given
    token = CURRENT_SEED.set("5eed" * 16)

    # when
    try:
        result = submission.check({}, news(lab))
    finally:
        CURRENT_SEED.reset(token)

    # then
    assert result.failures == []
    assert result.inputs == {**news(lab), "token": "5eed" * 4, "run": 0}


def test_without_a_seed_the_token_is_random(lab: Lab, submission: SubmissionHandler) -> None:
    tokens = {submission.check({}, news(lab)).inputs["token"] for _ in range(3)}
    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {16}


def test_an_object_keeps_its_token_and_its_run(lab: Lab, submission: SubmissionHandler) -> None:
    olds = {"token": "old", "run": 2}
    kept = submission.check(olds, news(lab)).inputs
    assert (kept["token"], kept["run"]) == ("old", 2)
    assert submission.check(olds, news(lab, run=3)).inputs["run"] == 3


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ("mars", "there is no site 'mars'; configured sites: bad, sim"),
        ("bad", "site bad has wrong settings"),
    ],
)
def test_a_site_that_is_not_there_fails_the_check(
    lab: Lab, submission: SubmissionHandler, site: str, *, reason: str
) -> None:
    [failure] = submission.check({}, news(lab, site=site)).failures
    assert failure.property == "site"
    assert failure.reason.startswith(reason)


def test_a_site_that_is_not_known_yet_is_not_asked(lab: Lab, submission: SubmissionHandler) -> None:
    assert submission.check({}, news(lab, site=unknown())).failures == []
    lab.open(FAR, object())
    [failure] = submission.check({}, news(lab, site="far")).failures
    assert failure.reason == "site 'far' does not run jobs"


@pytest.mark.parametrize("key", REPLACING_KEYS)
def test_another_run_is_a_replacement(submission: SubmissionHandler, key: str) -> None:
    # when
    result = submission.diff("1", {key: "old", "job_id": "41"}, {key: "new"})

    # then
    assert (result.changes, result.replaces) == (True, [key])
    assert vars(result)["keys"] == (key,)
    assert vars(result)["losses"] == ()


@pytest.mark.parametrize("key", LIMIT_KEYS)
def test_a_limit_counts_from_the_next_run_on(submission: SubmissionHandler, key: str) -> None:
    result = submission.diff("1", {key: 1}, {})
    assert (result.changes, result.replaces) == (True, [])
    (loss,) = vars(result)["losses"]
    assert loss.startswith("a waiting job gets it")
    assert result.stables == ["ticket"], "a job that is submitted again has another id"


def test_a_limit_beside_another_run_is_no_loss(submission: SubmissionHandler) -> None:
    result = submission.diff("1", {"command": "a", "queue": "b"}, {"command": "b", "queue": "a"})
    assert vars(result)["keys"] == ("command", "queue")
    assert vars(result)["losses"] == ()


def test_a_note_is_an_update_that_costs_nothing(submission: SubmissionHandler) -> None:
    result = submission.diff("1", {"note": "a"}, {"note": "b"})
    assert (result.changes, result.replaces, vars(result)["losses"]) == (True, [], ())


@pytest.mark.parametrize("key", SILENT_KEYS)
def test_what_is_only_recorded_changes_nothing(submission: SubmissionHandler, key: str) -> None:
    result = submission.diff("1", {key: "old", "command": "true"}, {key: "new", "command": "true"})
    assert result.changes is False


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"modules": []}),
        ({"modules": []}, {}),
        ({"nodes": 4}, {"nodes": 4.0}),
        ({"run": 0}, {}),
    ],
)
def test_nothing_and_empty_and_whole_numbers_are_the_same(
    submission: SubmissionHandler, old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert submission.diff("1", old, new).changes is False


def test_what_is_not_known_yet_counts_as_changed(submission: SubmissionHandler) -> None:
    result = submission.diff("1", {"command": "a"}, {"command": unknown()})
    assert result.replaces == ["command"]
    deep = {"environment": {"A": unknown()}}
    assert submission.diff("1", {"environment": {"A": "1"}}, deep).replaces == ["environment"]


def test_a_create_starts_the_job_held(lab: Lab, submission: SubmissionHandler) -> None:
    # when
    result = submission.create(lab.submission())

    # then
    assert result.id == f"sim:{outs_of(result)['job_id']}"
    assert outs_of(result)["command"] == "true"
    assert [job.state for job in lab.scheduler.jobs] == [JobState.HELD]


def test_a_create_that_was_refused_says_so(lab: Lab, submission: SubmissionHandler) -> None:
    lab.scheduler.refuse_next("no such queue")
    with pytest.raises(SiteRefused, match="no such queue"):
        submission.create(lab.submission())


def test_a_create_that_may_have_started_something_says_so(
    lab: Lab, submission: SubmissionHandler
) -> None:
    lab.scheduler.lose_next_answer()
    with pytest.raises(SiteUnreachable, match="the connection broke"):
        submission.create(lab.submission())


def test_after_an_update_nothing_is_left_to_change(lab: Lab, submission: SubmissionHandler) -> None:
    # given
    first = {**lab.submission(), "run": 0, "note": "old", "queue": "debug"}
    olds = outs_of(submission.create(first))
    wanted = submission.check(first, news(lab, walltime_s=60)).inputs

    # when
    outs = outs_of(submission.update("1", olds, wanted))

    # then
    assert (outs["job_id"], outs["ticket"]) == (olds["job_id"], olds["ticket"])
    assert outs["walltime_s"] == 60
    assert submission.diff("1", outs, wanted).changes is False


def test_a_delete_stops_the_job_and_can_be_repeated(
    lab: Lab, submission: SubmissionHandler
) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 1000
    outs = outs_of(submission.create(lab.submission()))

    # when
    submission.delete("1", outs)
    submission.delete("1", outs)

    # then
    assert [job.state for job in lab.scheduler.jobs] == [JobState.CANCELLED]


def test_a_delete_without_an_answer_is_an_error(lab: Lab, submission: SubmissionHandler) -> None:
    lab.open(FAR, FarSite(SiteUnreachable("no answer")))
    ticket = {"site": "far", "token": "t1", "remote_id": "9"}
    with pytest.raises(SiteUnreachable):
        submission.delete("1", {"ticket": ticket})


# --- the completion -------------------------------------------------------------------------------


def test_the_end_is_waited_for_and_read(
    lab: Lab, submission: SubmissionHandler, completion: CompletionHandler
) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 2
    lab.scheduler.files["pi"] = {"out.json": "[4]"}
    ticket = outs_of(submission.create(lab.submission()))["ticket"]
    props = {"project": "lab", "stack": "hello", "point": "pi", "ticket": ticket}
    props["measure"] = {"bw": {"file": "out.json", "path": "$[0]"}}
    assert completion.check({}, props).inputs == props

    # when
    result = completion.create(props)

    # then
    assert result.id == f"sim:{ticket['remote_id']}"
    assert (outs_of(result)["state"], outs_of(result)["metrics"]) == ("COMPLETED", {"bw": 4})
    assert len(lab.calls("poll")) > 2


def test_a_site_that_is_silent_for_a_while_is_asked_again(
    lab: Lab, submission: SubmissionHandler, completion: CompletionHandler
) -> None:
    # given
    ticket = outs_of(submission.create(lab.submission()))["ticket"]
    lab.scheduler.be_silent(3)

    # when
    props = {"project": "lab", "stack": "hello", "point": "pi", "ticket": ticket}
    result = completion.create(props)

    # then
    assert outs_of(result)["state"] == "COMPLETED"


def test_another_ticket_is_another_end_and_other_wishes_are_read_again(
    completion: CompletionHandler,
) -> None:
    # given
    old = {"ticket": {"remote_id": "1"}, "state": "COMPLETED", "outputs": ["a"], "files": ["a"]}

    # then
    replaced = completion.diff("1", old, {"ticket": {"remote_id": "2"}, "outputs": ["a"]})
    assert (replaced.replaces, vars(replaced)["keys"]) == (["ticket"], ("ticket",))
    unknown_yet = completion.diff("1", old, {"ticket": unknown(), "outputs": ["a"]})
    assert unknown_yet.replaces == ["ticket"]
    updated = completion.diff("1", old, {"ticket": old["ticket"], "outputs": ["b"]})
    assert (updated.replaces, vars(updated)["keys"]) == ([], ("outputs",))
    assert "state" in (updated.stables or [])
    gone = completion.diff("1", old, {"ticket": old["ticket"]})
    assert vars(gone)["keys"] == ("outputs",)
    assert completion.diff("1", old, {"ticket": old["ticket"], "outputs": ["a"]}).changes is False


@pytest.mark.parametrize(("exit_code", "failed"), [(0, False), (3, True)])
def test_after_reading_again_nothing_is_left_to_change(
    lab: Lab, completion: CompletionHandler, exit_code: int, *, failed: bool
) -> None:
    # given
    lab.scheduler.exit_codes["pi"] = exit_code
    lab.scheduler.files["pi"] = {"a": "1", "b": "2"}
    props, _ = lab.done()
    olds = outs_of(completion.create({**props, "outputs": ["a"], "parameters": {"n": 1}}))

    # when
    result = completion.update("1", olds, {**props, "outputs": ["b"]})

    # then
    assert outs_of(result)["files"] == ["b"]
    assert vars(result)["failed"] is failed
    assert completion.diff("1", outs_of(result), {**props, "outputs": ["b"]}).changes is False


def test_forgetting_an_end_removes_nothing(lab: Lab, completion: CompletionHandler) -> None:
    props, done = lab.done()
    outputs = lab.jobs.collect(props, done)
    completion.delete("1", outputs)
    assert (lab.folder / "results" / "hello" / "pi" / "result.json").exists()
