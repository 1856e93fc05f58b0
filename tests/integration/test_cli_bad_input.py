"""Bad input: one short message with the thing, the place and the remedy; nothing is done."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cloudmesh_iac.settings.computer import own_pid
from tests.integration.cli import BOOT, Cmx, Said
from tests.rigs.starting import is_root
from tests.rigs.unprivileged import Unprivileged

HEAD = "import cloudmesh_iac as cmx\nimport pulumi\n\n"
RUNS = "cmx.Job('fine', command='echo x >> RAN', walltime='1m')\n"
MOST_LINES = 6


def refused(cmx: Cmx, program: str, *, code: int = 1) -> Said:
    """Run a program that is wrong behind a job that is not; nothing may happen."""
    cmx.program(HEAD + RUNS.replace("RAN", str(cmx.folder / "ran")) + program)
    said = cmx("up", "--yes", "--wait", code=code)
    cmx.assert_untouched()
    return said


@pytest.mark.parametrize(
    ("program", "code", "words"),
    [
        pytest.param(
            "cmx.Job('far', command='true', on='locl')",
            64,
            ["'locl'", "did you mean 'local'?", "study.py:5"],
            id="unknown-site",
        ),
        pytest.param(
            "cmx.Job('fine',\n    command='true')",
            1,
            ["fine", "study.py:4", "study.py:5"],
            id="two-of-one-name",
        ),
        pytest.param(
            "cmx.Job('long', command='true', walltime='soon')",
            1,
            ["'long'", "walltime", "'soon'", "00:20:00", "study.py:5"],
            id="no-walltime",
        ),
        pytest.param(
            "cmx.Sweep('runs', job=lambda point: None, axes={'n': [], 'm': [1]})",
            1,
            ["'runs'", "'n' is empty", "study.py:5"],
            id="empty-axis",
        ),
        pytest.param(
            "cmx.Job('hungry', command='true', inputs=['lost.py', 'gone.txt'])",
            1,
            ["'hungry'", "gone.txt, lost.py", "stacks", "study.py:5"],
            id="missing-input",
        ),
        pytest.param(
            "cmx.Job('nothing', command=' ', nodes=0, memory='much')",
            1,
            ["'nothing'", "nodes", "memory", "command"],
            id="all-problems-at-once",
        ),
        pytest.param(
            "cmx.Sweep('runs', job=lambda point: cmx.JobSpec(command=point['x']), axes={'n': [1]})",
            1,
            ["runs/n=1", "'x'", "n", "study.py:5"],
            id="unknown-axis",
        ),
        pytest.param(
            "cmx.Sweep('runs', job=lambda point: None, axes={'n': [1]})",
            1,
            ["runs/n=1", "JobSpec", "study.py:5"],
            id="no-job-spec",
        ),
        pytest.param(
            "cmx.Job('text', command=cmx.fmt('echo {} {}', 1))",
            1,
            ["echo {} {}", "study.py:5"],
            id="too-few-values",
        ),
        pytest.param(
            "import sys\nsys.exit(7)", 1, ["exit code 7", "study.py:6"], id="the-program-exits"
        ),
        pytest.param("def (:\n", 1, ["cannot be read", "study.py:5"], id="syntax-error"),
    ],
)
def test_a_wrong_program_is_refused_in_a_few_lines(
    cmx: Cmx, *, program: str, code: int, words: list[str]
) -> None:
    # when
    said = refused(cmx, program, code=code)

    # then
    text = "\n".join(said.error)
    assert [word for word in words if word not in text] == [], said.stderr
    assert len(said.error) <= MOST_LINES, said.stderr
    assert "cloudmesh_iac/" not in said.stderr
    if "syntax" not in text and "cannot be read" not in text:
        assert said.stderr.splitlines() == said.error


@pytest.mark.parametrize(
    ("program", "package"),
    [
        (
            "class Thing(pulumi.CustomResource): pass\nThing.get = None\n"
            "Thing('a:b:C', 'got', {}, pulumi.ResourceOptions(id='i-1'))",
            "a",
        ),
        ("pulumi.runtime.invoke('a:b:c', {})", "a"),
        ("pulumi.CustomResource('aws:s3:Bucket', 'plugged')", "aws"),
    ],
    ids=["get", "invoke", "resource"],
)
def test_a_plugin_that_is_not_there_is_named(cmx: Cmx, program: str, package: str) -> None:
    # when
    said = refused(cmx, program)

    # then
    text = "\n".join(said.error)
    assert f"the plugin {package} is not here (looked in " in text, said.stderr
    assert "cmx plugin mirror" in text
    assert len(said.error) <= MOST_LINES
    assert "cloudmesh_iac/" not in said.stderr


@pytest.mark.parametrize(
    "program",
    [
        "def inner():\n    return 1 / 0\n\ninner()",
        "pulumi.Output.from_input(1).apply(lambda one: 1 / 0)",
        "from parts.mine import divide\ndivide()",
    ],
    ids=["plain", "in-an-apply", "in-a-module"],
)
def test_an_exception_shows_the_programs_own_frames_only(cmx: Cmx, program: str) -> None:
    # given
    cmx.write("stacks/parts/mine.py", "def divide():\n    return 1 / 0\n")

    # when
    said = refused(cmx, program)

    # then
    lines = said.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{cmx.project}/stacks/study.py", line ')
    assert "ZeroDivisionError: division by zero" in lines
    assert said.error[0] == "error: ZeroDivisionError: division by zero"
    assert "stacks/" in said.error[1]
    assert len(said.error) <= 2
    assert not [
        one for one in ("cloudmesh_iac/", "runpy", "/pulumi/", "asyncio") if one in said.all
    ]


def test_without_a_project_or_a_program_the_remedy_is_named(cmx: Cmx) -> None:
    # given
    empty = cmx.folder / "empty"
    empty.mkdir()
    cmx.program("pass", "one")
    cmx.program("pass", "two")

    # when
    no_project = cmx("up", "--yes", cwd=empty, code=64)
    which = cmx("up", "--yes", code=64)
    unknown = cmx("up", "onne", "--yes", code=64)
    no_file = cmx("up", "stacks/three.py", "--yes", code=64)
    two = cmx("up", "one", "two", "--yes", code=64)
    (empty / "Pulumi.yaml").write_text("name: lab\n")
    no_program = cmx("up", "--yes", cwd=empty, code=64)
    (empty / "Pulumi.yaml").write_text("title: lab\n")
    no_name = cmx("up", "--yes", cwd=empty, code=64)

    # then
    expected = {
        no_project: ["Pulumi.yaml", str(empty), "cmx init"],
        which: ["which program?", "one, two"],
        unknown: ["'onne'", "did you mean 'one'?"],
        no_file: ["three.py"],
        two: ["one two"],
        no_program: ["no program", "cmx init"],
        no_name: [str(empty / "Pulumi.yaml"), "name"],
    }
    for said, words in expected.items():
        text = "\n".join(said.error)
        assert [word for word in words if word not in text] == [], said.stderr
        assert said.stderr.splitlines() == said.error
        assert len(said.error) <= MOST_LINES
    cmx.assert_untouched()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("defaults:\n  site: local\n", ["cloudmesh.yaml", "defaults", "did you mean 'default'?"]),
        ("sites:\n  a:\n    workdir: /x\n", ["cloudmesh.yaml", "sites.a.kind"]),
        ("sites: [\n", ["cloudmesh.yaml", "is not YAML"]),
        ("default: {site: big}\n", ["'big'", "local"]),
        ("default: {site: big}\nsites: {big: {kind: slrm}}\n", ["'slrm'", "did you mean 'slurm'?"]),
        (
            "default: {site: big}\nsites: {big: {kind: slurm, pol_s: 3}}\n",
            ["big", "pol_s", "cloudmesh.yaml", "poll_s"],
        ),
    ],
    ids=["unknown-key", "no-kind", "no-yaml", "unknown-default", "unknown-kind", "unknown-option"],
)
def test_wrong_settings_are_refused(cmx: Cmx, settings: str, words: list[str]) -> None:
    # given
    cmx.study()
    cmx.write("cloudmesh.yaml", settings)

    # when
    said = cmx("up", "--yes", code=64)

    # then
    text = "\n".join(said.error)
    assert [word for word in words if word not in text] == [], said.stderr
    assert len(said.error) <= MOST_LINES
    cmx.assert_untouched()


def test_a_site_without_sbatch_is_refused(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx.write("cloudmesh.yaml", "default: {site: big}\nsites: {big: {kind: slurm}}\n")

    # when
    said = cmx("up", "--yes", code=None, environment={"PATH": str(cmx.folder)})

    # then
    text = "\n".join(said.error)
    assert said.code in {1, 64}
    assert "sbatch" in text, said.all
    assert "big" in text
    assert len(said.error) <= MOST_LINES
    cmx.assert_untouched()


def test_a_state_file_that_is_not_ours_is_left_alone(cmx: Cmx) -> None:
    # given
    cmx.study()
    text = cmx.folder / "notes.txt"
    text.write_text("remember the milk\n" * 100)

    # when
    for command in (["up", "--yes"], ["status"], ["destroy", "--yes"], ["outputs"]):
        said = cmx(*command, code=1, environment={"CMX_STORE": str(text)})

        # then
        assert str(text) in "\n".join(said.error)
        assert len(said.error) <= MOST_LINES
        assert said.stderr.splitlines() == said.error
    assert text.read_text() == "remember the milk\n" * 100
    cmx.assert_untouched()


@pytest.fixture
def full_disk(cmx: Cmx) -> Iterator[Path]:
    """A disk that is full."""
    if not is_root():
        pytest.skip("only root can mount a small disk")
    folder = cmx.folder / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", f"cmx-{own_pid()}", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk: {done.stderr.strip()}")
    try:
        with (folder / "filling").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_before_a_job_starts(cmx: Cmx, full_disk: Path) -> None:
    # given
    cmx.study()

    # when
    said = cmx("up", "--yes", "--wait", code=1, environment={"HOME": str(full_disk)})

    # then
    text = "\n".join(said.error)
    assert "full" in text or "No space left" in text, said.all
    assert str(full_disk) in text
    assert len(said.error) <= MOST_LINES
    assert cmx.ran() == []


def test_a_disk_that_fills_up_loses_no_job(cmx: Cmx, full_disk: Path) -> None:
    # given: room for the state, none for the jobs
    cmx.study()
    cmx.write("cloudmesh.yaml", f"sites: {{local: {{kind: local, workdir: {full_disk}/jobs}}}}\n")

    # when
    said = cmx("up", "--yes", "--wait", code=1)

    # then
    assert "No space left" in said.all or "full" in said.all
    assert cmx.ran() == []
    assert "Traceback" not in said.all

    # when: there is room again
    (full_disk / "filling").unlink()
    cmx("up", "--yes", "--wait")

    # then
    assert len(cmx.ran()) == 6


def test_a_home_that_cannot_be_written_is_told(unprivileged: Unprivileged) -> None:
    # given
    project = unprivileged.home / "project"
    (project / "stacks").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: lab\nmain: stacks\n")
    (project / "stacks" / "one.py").write_text(
        f"{HEAD}cmx.Job('one', command='echo >> {unprivileged.home}/ran')\n"
    )
    home = unprivileged.home / "home"
    home.mkdir(mode=0o555)

    # when
    said = unprivileged.cmx("up", "--yes", cwd=project, environment={"HOME": str(home)})

    # then
    assert said.returncode == 1
    assert str(home) in said.stderr
    assert len(said.stderr.splitlines()) <= MOST_LINES
    assert "Traceback" not in said.stderr
    assert list(home.iterdir()) == []


def test_without_a_terminal_nobody_is_asked(cmx: Cmx) -> None:
    # given
    cmx.study()

    # when
    said = cmx("up", code=64)

    # then
    assert "6 to create" in said.stdout
    assert "--yes" in "\n".join(said.error)
    assert len(said.error) <= MOST_LINES
    cmx.assert_untouched()


def test_with_json_an_error_is_a_document(cmx: Cmx) -> None:
    # given
    cmx.study()

    # when
    said = cmx("up", "studdy", "--json", "--yes", code=64)
    wrong_option = cmx("up", "study", "--repeets", "3", "--json", "--yes", code=64)
    failed = refused_json(cmx)

    # then
    assert said.json()["error"]["exit_code"] == 64
    assert "'studdy'" in said.json()["error"]["message"]
    assert "'study'" in said.json()["error"]["hint"]
    assert "--repeets" in wrong_option.json()["error"]["message"]
    assert failed.json()["error"]["message"] == "ZeroDivisionError: division by zero"
    assert failed.json()["error"]["place"] == "stacks/study.py:1"


def refused_json(cmx: Cmx) -> Said:
    cmx.program("1 / 0")
    return cmx("preview", "study", "--json", code=1)


def test_a_reader_that_goes_away_is_no_error(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx("up", "--yes", "--wait")

    # when
    process = cmx.start("results", "--csv")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    complaints = process.stderr.read()
    process.wait(timeout=20)

    # then
    assert complaints == ""


def test_the_settings_of_a_stack_that_cannot_be_read_are_named(cmx: Cmx) -> None:
    # given
    cmx.study()
    file = cmx.write("stacks/Pulumi.study.yaml", "config: [1]\n")

    # when
    said = cmx("up", "--yes", code=64)
    file.write_text("config:\n  lab:repeats: many\n")
    wrong = cmx("up", "--yes", code=64)
    file.write_text("config:\n  lab:repeats: {secure: abc}\n")
    secret = cmx("up", "--yes", code=64)

    # then
    assert str(file) in said.error[0]
    assert "repeats takes a whole number, not 'many'" in wrong.error[0]
    assert "lab:repeats is encrypted" in secret.error[0]
    cmx.assert_untouched()


def test_a_folder_that_is_gone_is_told(cmx: Cmx) -> None:
    # given
    folder = cmx.folder / "gone"
    folder.mkdir()
    script = f'cd {folder} && rmdir {folder} && exec "$@" status'

    # when
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *BOOT],
        capture_output=True,
        text=True,
        env=cmx.environment_of(),
        timeout=30,
        check=False,
    )

    # then
    assert done.returncode == 64
    assert "Traceback" not in done.stderr


def test_a_transformation_is_the_affair_of_the_sdk_and_works(cmx: Cmx) -> None:
    cmx.program(
        f"{HEAD}pulumi.runtime.register_stack_transformation(lambda args: None)\n"
        "cmx.Job('other', command='true')"
    )
    cmx("preview")
