"""Previews that may see nothing: no network, no home, no passphrase, only a published state."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx, a_project

pytestmark = pytest.mark.timeout(400)  # a whole home, network and state for each
PASSPHRASE = {"PULUMI_CONFIG_PASSPHRASE": "open sesame"}
CANARY = "canary-90210"
PROGRAM = """
import pulumi

import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    job = cmx.Job("check", command="true", walltime="1m", note="NOTE")
    secret = pulumi.Config().get_secret("token")
    exp.export("token", secret)
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cmx]:
    """Return a project that is up, with a secret, and its state in `state/study.json`."""
    with a_project(tmp_path_factory.mktemp("published")) as cmx:
        cmx.program(PROGRAM)
        cmx("config", "set", "token", "--secret", piped=f"{CANARY}\n", environment=PASSPHRASE)
        cmx("up", "--yes", "--wait", environment=PASSPHRASE)
        (cmx.project / "state").mkdir()
        cmx("state", "publish", "--output", "state/study.json", environment=PASSPHRASE)
        yield cmx


@pytest.fixture
def fork(published: Cmx, tmp_path: Path) -> Cmx:
    """Return a copy of it for somebody who has no home, no passphrase and no network."""
    program = shutil.which("unshare")
    if program is None:
        pytest.skip("util-linux is not here: no unshare, so no namespace without a network")
    alone = [program, "--net", "--map-root-user"]
    tried = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this kernel gives no network namespace: {tried.stderr.strip()}")
    home = {"HOME": str(tmp_path / "no-such-home")}
    shutil.copytree(published.project, tmp_path / "project")
    return Cmx(tmp_path, environment=home, boot=[*alone, *published.boot])


def resources(cmx: Cmx, *words: str) -> list[tuple[str, str]]:
    document = cmx("preview", "--json", *words).json()
    return [(one["urn"], one["action"]) for one in document["changes"]]


def test_a_published_state_holds_no_secret(published: Cmx) -> None:
    text = (published.project / "state" / "study.json").read_text()
    assert CANARY not in text
    assert "hmac-sha256:" in text


def test_a_fork_sees_that_nothing_changes(fork: Cmx, published: Cmx) -> None:
    # when
    said = fork("preview", "--state", "state/{stack}.json")

    # then
    assert "nothing to change" in said.stdout
    own = replace(published, environment=PASSPHRASE)
    assert resources(fork, "--state", "state/study.json") == resources(own)
    assert not (fork.folder / "no-such-home").exists()
    assert not fork.home.exists()


def test_a_fork_sees_what_it_changes(fork: Cmx) -> None:
    # given
    fork.program(PROGRAM.replace('command="true"', 'command="false"'))

    # when
    said = fork("preview", "--state", "state/study.json")

    # then
    assert "1 to replace" in said.stdout
    assert "command true -> false" in said.stdout
    assert "may" not in said.stdout


def test_without_a_state_everything_is_new_and_the_same_resources(fork: Cmx) -> None:
    # when
    new, known = dict(resources(fork)), dict(resources(fork, "--state", "state/study.json"))

    # then
    assert new.keys() == known.keys()
    assert {*new.values()} == {"create"}


def test_a_state_is_read_from_an_address(published: Cmx) -> None:
    with _served(published.project / "state") as address:
        said = published("preview", "--state", f"{address}/{{stack}}.json")
        missing = published("preview", "--state", f"{address}/nothing.json", code=1)
        moved = published("preview", "--state", f"{address}/moved", code=64)
        broken = [
            published("preview", "--state", place, code=1)
            for place in (f"{address}/other", f"{address}/lost", "https://127.0.0.1:none/state")
        ]
    broken.append(published("preview", "--state", f"{address}/study.json", code=1))

    # then
    assert "nothing to change" in said.stdout
    assert "answers 404" in missing.stderr
    assert "http://example.org/study.json is not https" in moved.stderr
    for one in broken:
        assert "does not answer" in one.stderr
        assert "Traceback" not in one.stderr


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("http://example.org/study.json", "is not https"),
        ("https://[example.org/study.json", "is no address"),
        ("none.json", "cannot be read"),
        ("Pulumi.yaml", "is no published state"),
    ],
)
def test_what_is_no_state_is_named(published: Cmx, place: str, words: str) -> None:
    refused = published("preview", "--state", place, code=64)
    assert words in refused.stderr
    assert place in refused.stderr


def test_the_state_of_another_stack_is_not_taken(published: Cmx) -> None:
    refused = published("preview", "--stack", "two", "--state", "state/study.json", code=64)
    assert "is of lab/study, not of lab/study.two" in refused.stderr


BOXES = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Boxes(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("box", dict(props))


class Box(Resource):
    def __init__(self, name, **props):
        super().__init__(Boxes(), name, props)


token = pulumi.Config().get_secret("token") or pulumi.Output.secret("CANARY")
Box("safe", label="one", lock=token)
Box("plain", label="two")
""".replace("CANARY", CANARY)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cmx]:
    """Return a project with a resource that has got a secret, its state in `boxes.json`."""
    with a_project(tmp_path_factory.mktemp("boxes")) as cmx:
        cmx.program(BOXES, "boxes")
        _set_token(cmx, CANARY)
        cmx("up", "--yes", environment=PASSPHRASE)
        cmx("state", "publish", "--output", "boxes.json", environment=PASSPHRASE)
        yield cmx


def _set_token(cmx: Cmx, text: str) -> None:
    cmx("config", "set", "token", "--secret", piped=f"{text}\n", environment=PASSPHRASE)


def _safe(cmx: Cmx, environment: dict[str, str]) -> dict[str, Any]:
    """Return what a preview from the published state says of the safe box."""
    said = cmx("preview", "--state", "boxes.json", "--json", environment=environment)
    assert CANARY not in said.all
    [safe] = [one for one in said.json()["changes"] if one["urn"].endswith("::safe")]
    return dict(safe)


@contextmanager
def _without_settings(cmx: Cmx) -> Iterator[Path]:
    """Put the settings of the stack back as they were when the block ends."""
    file = cmx.project / "stacks" / "Pulumi.boxes.yaml"
    text = file.read_text()
    try:
        yield file
    finally:
        file.write_text(text)


def test_with_the_passphrase_an_unchanged_secret_is_seen_to_be_that(boxes: Cmx) -> None:
    safe = _safe(boxes, PASSPHRASE)
    assert (safe["action"], safe["reasons"]) == ("same", [])


def test_without_the_passphrase_a_secret_may_have_changed(boxes: Cmx) -> None:
    # when
    safe = _safe(boxes, {})
    shown = boxes("preview", "--state", "boxes.json").stdout

    # then
    assert (safe["action"], safe["certain"]) == ("update", False)
    [reason] = safe["reasons"]
    assert reason["old"] == reason["new"] == {"secret": True, "may_have_changed": True}
    assert "may be updated: lock: this secret may have changed" in shown
    assert "1 to update, 1 unchanged" in shown


def test_with_the_passphrase_a_changed_secret_is_seen_to_be_that(boxes: Cmx) -> None:
    # given
    with _without_settings(boxes):
        _set_token(boxes, f"{CANARY}-new")

        # when
        safe = _safe(boxes, PASSPHRASE)

    # then
    assert (safe["action"], safe["certain"]) == ("update", True)
    [reason] = safe["reasons"]
    assert reason["old"]["hmac"] != reason["new"]["hmac"]


def test_who_has_another_passphrase_takes_no_secret_for_a_changed_one(boxes: Cmx) -> None:
    # given that the program says its secret itself, so that no setting needs the passphrase
    with _without_settings(boxes) as file:
        file.unlink()

        # when
        right = _safe(boxes, PASSPHRASE)
        wrong = _safe(boxes, {"PULUMI_CONFIG_PASSPHRASE": "close sesame"})

    # then
    assert right["action"] == "same"
    assert (wrong["action"], wrong["certain"]) == ("update", False)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve the files of a folder on loopback, and answers that are of no use."""
    moved = {"/moved": "http://example.org/study.json", "/lost": "https://[nowhere"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in moved:
                self.send_response(302)
                self.send_header("Location", moved[self.path])
                self.end_headers()
                return
            if self.path == "/other":
                self.wfile.write(b"220 mail.example.org\r\n")
                return
            file = folder / self.path.lstrip("/")
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            if file.is_file():
                self.wfile.write(file.read_bytes())

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
