"""Plans that are saved, looked at, and carried out exactly as they are."""

import json

import pytest

from tests.integration.cli import Cmx

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Notes(ResourceProvider):
    def create(self, props):
        return CreateResult(f"n-{props['text']}", dict(props))

    def diff(self, id, old, new):
        return DiffResult(changes=old["text"] != new["text"], replaces=["text"])


class Note(Resource):
    def __init__(self, name, text):
        super().__init__(Notes(), name, {"text": text})


config = pulumi.Config()
Note("a", config.get("text") or "TEXT")
Note("b", pulumi.Output.secret("hush"))
"""


@pytest.fixture
def saved(cmx: Cmx) -> Cmx:
    """Return a project whose plan stands in `p.plan`."""
    cmx.program(PROGRAM)
    cmx("preview", "--save", "p.plan")
    return cmx


def test_the_command_that_carries_it_out_stands_in_one_line(saved: Cmx) -> None:
    # given
    file = f"{'a-long-name-' * 12}.plan"

    # when
    said = saved("preview", "--save", file)

    # then
    assert f"Apply exactly this: cmx up --plan {file}" in said.stderr.splitlines()


def test_a_saved_plan_is_carried_out_without_a_question(saved: Cmx) -> None:
    # when
    up = saved("up", "--plan", "p.plan")

    # then
    assert "2 created" in up.all
    assert "nothing to change" in saved("preview").all


def test_a_saved_plan_holds_no_secret_and_is_for_its_owner(saved: Cmx) -> None:
    file = saved.project / "p.plan"
    assert "hush" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_plan_is_saved_in_the_same_bytes(saved: Cmx) -> None:
    # given
    saved("up", "--plan", "p.plan")
    saved.program(PROGRAM.replace("TEXT", "other"))

    # when
    for name in ("one.plan", "two.plan"):
        saved("preview", "--save", name)

    # then
    one, two = (saved.project / name for name in ("one.plan", "two.plan"))
    assert one.read_bytes() == two.read_bytes()


def test_a_plan_is_not_carried_out_twice(saved: Cmx) -> None:
    # given
    saved("up", "--plan", "p.plan")

    # when
    refused = saved("up", "--plan", "p.plan", code=5)

    # then
    assert "the stack has changed: serial 0 is" in refused.stderr
    assert "cmx preview --save FILE" in refused.stderr


def test_another_program_or_parameter_stops_a_saved_plan(saved: Cmx) -> None:
    # given
    saved.program(PROGRAM.replace("TEXT", "other"))

    # when
    refused = saved("up", "--plan", "p.plan", code=5)

    # then
    assert "the program has changed" in refused.stderr
    assert saved("stack", "ls", "--json").json()["stacks"] == []


def test_another_setting_stops_a_saved_plan(saved: Cmx) -> None:
    # given
    saved("config", "set", "text", "set")

    # when
    refused = saved("up", "--plan", "p.plan", code=5)

    # then
    assert "a setting, a site or an input file has changed" in refused.stderr


def test_another_lock_file_of_plugins_stops_a_saved_plan(saved: Cmx) -> None:
    # given
    (saved.project / "cmx.lock").write_text("{}\n")

    # when
    refused = saved("up", "--plan", "p.plan", code=5)

    # then
    assert "cmx.lock has changed" in refused.stderr
    assert not saved.store.exists(), "nothing was done"


PARAMETER = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    words = exp.param("words", 2, help="how many")
    cmx.Job("say", command=f"echo {words}", walltime="1m")
"""


def test_another_parameter_stops_a_saved_plan_by_its_name(cmx: Cmx) -> None:
    # given
    cmx.program(PARAMETER)
    cmx("preview", "--save", "p.plan")
    cmx("config", "set", "words", "3")

    # when
    refused = cmx("up", "--plan", "p.plan", code=5)

    # then
    assert "the parameter words has changed" in refused.stderr
    cmx.assert_untouched()


SECRET = """
import pulumi

pulumi.export("word", pulumi.Config().require_secret("word"))
"""


@pytest.fixture
def secret(cmx: Cmx) -> Cmx:
    """Return a project whose saved plan was made from a secret setting."""
    cmx.environment["PULUMI_CONFIG_PASSPHRASE"] = "open sesame"
    cmx.program(SECRET)
    cmx("config", "set", "word", "--secret", piped="hush")
    cmx("preview", "--save", "p.plan")
    return cmx


def test_the_same_secret_that_is_set_again_leaves_a_saved_plan_as_it_is(secret: Cmx) -> None:
    # given
    settings = secret.project / "stacks" / "Pulumi.study.yaml"
    before = settings.read_text()
    secret("config", "set", "word", "--secret", piped="hush")

    # when
    secret("up", "--plan", "p.plan")

    # then
    assert settings.read_text() != before, "it is encrypted to another text"
    assert secret("outputs", "--show-secrets", "--json").json() == {"word": "hush"}


def test_another_secret_stops_a_saved_plan_by_its_name(secret: Cmx) -> None:
    # given
    secret("config", "set", "word", "--secret", piped="shout")

    # when
    refused = secret("up", "--plan", "p.plan", code=5)

    # then
    assert "the secret setting lab:word has changed" in refused.stderr
    assert "shout" not in refused.all + (secret.project / "p.plan").read_text()


def test_waiting_is_no_new_plan_after_the_same_secret_was_set_again(secret: Cmx) -> None:
    # given
    secret("up", "--yes")
    secret("config", "set", "word", "--secret", piped="hush")

    # then
    assert "nothing to change" in secret("up", "--yes").all
    assert secret("wait").code == 0


def test_an_edited_plan_is_refused(saved: Cmx) -> None:
    # given
    file = saved.project / "p.plan"
    file.write_text(file.read_text().replace("TEXT", "OTHER"))

    # when
    refused = saved("up", "--plan", "p.plan", code=5)

    # then
    assert "its digest does not fit" in refused.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [("{}", "no saved plan"), ("nonsense", "no saved plan"), (None, "cannot be read")],
)
def test_what_is_no_plan_is_named(cmx: Cmx, text: str | None, words: str) -> None:
    # given
    cmx.program(PROGRAM)
    if text is not None:
        (cmx.project / "x.plan").write_text(text)

    # when
    refused = cmx("up", "--plan", "x.plan", code=64)

    # then
    assert words in refused.stderr
    assert "x.plan" in refused.stderr


def test_a_saved_plan_says_all_of_it_itself(saved: Cmx) -> None:
    assert "says itself" in saved("up", "--plan", "p.plan", "--target", "a", code=64).stderr
    assert "not of other" in saved("up", "other", "--plan", "p.plan", code=64).stderr


def test_the_plan_is_json_as_preview_prints_it(saved: Cmx) -> None:
    document = json.loads((saved.project / "p.plan").read_text())
    assert document["format"] == "cmx-plan"
    printed = saved("preview", "--json").json()
    assert document["plan"]["summary"] == printed["summary"]


def test_a_saved_plan_looks_as_it_was_shown(saved: Cmx) -> None:
    assert saved("plan", "show", "p.plan").stdout == saved("preview").stdout
    assert saved("plan", "show", "p.plan", "--json").json()["summary"] == {"create": 2}


def test_a_comment_names_the_changes_and_the_command(saved: Cmx) -> None:
    comment = saved("preview", "--markdown", "--save", "p.plan").stdout
    assert comment.startswith("<!-- cmx-plan lab/")
    assert "2 to create" in comment
    assert "Apply exactly this: `cmx up --plan p.plan`" in comment
    assert "hush" not in comment


def test_a_value_that_turns_out_otherwise_stops_the_run_which_says_what_was_done(
    cmx: Cmx,
) -> None:
    # given a program whose second note has another text in each evaluation that is no preview
    words = """
    first = Note("a", "TEXT")
    Note("b", "planned" if pulumi.runtime.is_dry_run() else "turned out", first)
    """
    program = PROGRAM.replace(
        "def __init__(self, name, text):", "def __init__(self, name, text, on=None):"
    )
    program = program.replace(
        'super().__init__(Notes(), name, {"text": text})',
        'super().__init__(Notes(), name, {"text": text}, pulumi.ResourceOptions(depends_on=on))',
    )
    head, _, _ = program.partition("config = ")
    cmx.program(head + "\n".join(line.strip() for line in words.splitlines()))
    cmx("preview", "--save", "p.plan")

    # when
    stopped = cmx("up", "--plan", "p.plan", code=5)

    # then
    assert "::b: text is not what the plan showed" in stopped.stderr
    assert "done before that:" in stopped.stderr
    done = stopped.stderr.partition("done before that:")[2]
    assert "::a" in done
    assert "::b" not in done
    recorded = cmx("state", "list", "--json").json()
    assert "::a" in str(recorded)
    assert "::b" not in str(recorded)
