"""`cmx config`: settings are set, shown and taken away."""

import pytest

from cloudmesh_iac.errors import ExitCode
from tests.unit.cli.conftest import Cli

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"
FILE = "stacks/Pulumi.study.yaml"


@pytest.fixture
def keys(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A project whose person has a passphrase."""
    monkeypatch.setenv(PASSPHRASE, "open sesame")
    return cli


def test_a_setting_is_what_the_program_gets(cli: Cli) -> None:
    # when
    said = cli("config", "set", "most", "1")
    plan = cli("preview", "--json").json()
    got, gone = cli("config", "get", "study", "most"), cli("config", "rm", "most")

    # then
    assert (said.code, said.out) == (0, "set lab:most of study\n")
    assert [(one["name"], one["value"], one["origin"]) for one in plan["parameters"]] == [
        ("most", "1", "configuration")
    ]
    assert (got.out, gone.out) == ("1\n", "removed lab:most of study\n")
    assert (cli.folder / FILE).read_text() == ""
    assert cli("config", "ls").out == "no settings\n"


def test_a_stack_has_settings_of_its_own(cli: Cli) -> None:
    cli("config", "set", "most", "1", "--stack", "big")
    assert (cli.folder / "stacks/Pulumi.study.big.yaml").is_file()
    assert cli("config", "get", "most").code == ExitCode.USAGE
    assert cli("config", "get", "most", "--stack", "big").out == "1\n"


def test_a_secret_comes_from_a_pipe_and_is_shown_only_when_asked_for(keys: Cli) -> None:
    # given
    keys("config", "set", "open", "yes")

    # when
    said = keys("config", "set", "token", "--secret", piped="canary\n")

    # then
    assert said.out == "set lab:token of study (secret)\n"
    assert "canary" not in (keys.folder / FILE).read_text()
    assert keys("config", "get", "token").out == "canary\n"
    hidden, shown = keys("config", "ls"), keys("config", "ls", "--show-secrets")
    assert hidden.out.splitlines()[1:] == ["lab:open   yes", "lab:token  [secret]"]
    assert "canary" in shown.out
    rows = keys("config", "ls", "--json").json()["settings"]
    assert rows == [
        {"key": "lab:open", "value": "yes", "secret": False},
        {"key": "lab:token", "value": "[secret]", "secret": True},
    ]


def test_what_is_secret_stays_secret_until_it_is_said_otherwise(keys: Cli) -> None:
    # given
    keys("config", "set", "token", "one", "--secret")

    # when
    again = keys("config", "set", "token", "two")
    hidden = (keys.folder / FILE).read_text()
    keys("config", "set", "token", "three", "--plaintext")

    # then
    assert again.out.endswith("(secret)\n")
    assert "two" not in hidden
    assert "lab:token: three" in (keys.folder / FILE).read_text()


def test_a_secret_inside_of_a_setting_hides_alone(keys: Cli) -> None:
    # when
    keys("config", "set", "--path", "login.user", "ada")
    keys("config", "set", "--path", "--secret", "login.keys[0]", "canary")
    keys("config", "set", "--path", "login.port", "22")

    # then
    assert keys("config", "get", "login").out == '{"user": "ada", "keys": ["canary"], "port": 22}\n'
    assert keys("config", "get", "--path", "login.keys[0]").out == "canary\n"
    assert '{"user": "ada", "keys": ["[secret]"], "port": 22}' in keys("config", "ls").out
    assert keys("config", "rm", "--path", "login.keys[0]").code == 0
    assert keys("config", "get", "login").out == '{"user": "ada", "keys": [], "port": 22}\n'


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["get", "mst"], "did you mean 'lab:most'?"),
        (["rm", "mst"], "did you mean 'lab:most'?"),
        (["get", "--path", "most.x"], "there is no setting lab:most.x"),
        (["get"], "which setting?"),
        (["set", "a", "b", "c"], "one setting at a time"),
        (["set", "a"], "lab:a needs a value"),
        (["set", "a", "--secrte"], "an option is not known (did you mean --secret?)"),
        (["set", "a", "-----BEGIN"], "an option is not known\n"),
        (["set", "a", "b", "--secret", "--plaintext"], "cannot both"),
        (["set", "a:", "b"], "is no key"),
        (["set", "--path", "most[", "b"], "is no key"),
        (["set", "a", "\udcff"], "no text in UTF-8"),
    ],
)
def test_a_mistake_changes_nothing(cli: Cli, *, words: list[str], error: str) -> None:
    # given
    cli("config", "set", "most", "1")
    before = (cli.folder / FILE).read_text()

    # when
    said = cli("config", *words)

    # then
    assert (said.code, error in said.err) == (ExitCode.USAGE, True), said.err
    assert (cli.folder / FILE).read_text() == before


def test_a_wrong_passphrase_is_one_error_and_nothing_is_written(
    keys: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    keys("config", "set", "token", "canary", "--secret")
    before = (keys.folder / FILE).read_text()
    monkeypatch.setenv(PASSPHRASE, "sesame")

    # when
    refused = [
        keys("config", "get", "token"),
        keys("config", "ls", "--show-secrets", "--json"),
        keys("config", "set", "other", "x", "--secret"),
    ]

    # then
    for said in refused:
        assert said.code == ExitCode.USAGE
        assert said.err.count("error:") == 1
        assert f"the passphrase from {PASSPHRASE} is not that of" in said.err
    assert refused[1].json()["error"]["exit_code"] == ExitCode.USAGE
    assert keys("config", "ls").code == 0
    assert (keys.folder / FILE).read_text() == before


def test_without_a_passphrase_a_secret_cannot_be_read(
    keys: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys("config", "set", "token", "canary", "--secret")
    monkeypatch.delenv(PASSPHRASE)
    for words in (["get", "token"], ["ls", "--show-secrets"], ["set", "b", "x", "--secret"]):
        said = keys("config", *words)
        assert (said.code, "cannot be read here" in said.err) == (ExitCode.USAGE, True)


def test_who_has_no_passphrase_gets_one_in_a_file_and_is_told_so(cli: Cli) -> None:
    # when
    first = cli("config", "set", "token", "canary", "--secret")
    second = cli("config", "set", "other", "canary", "--secret")

    # then
    assert "/.cloudmesh/passphrase, which opens your secrets: keep a copy" in first.err
    assert second.err == ""
    assert cli("config", "get", "token").out == "canary\n"


def test_a_damaged_salt_is_said(keys: Cli) -> None:
    keys.write(FILE, "config:\n  lab:token: {secure: v1:a:b}\nencryptionsalt: broken\n")
    said = keys("config", "get", "token")
    assert (said.code, "salt of the secrets of study is damaged" in said.err) == (64, True)


def test_a_value_may_come_from_a_pipe_or_begin_with_a_minus(cli: Cli) -> None:
    cli("config", "set", "note", piped="from a pipe\n")
    assert cli("config", "get", "note").out == "from a pipe\n"
    assert cli("config", "set", "note", "-5").code == 0
    assert cli("config", "get", "note", "--json").json() == {
        "key": "lab:note",
        "value": "-5",
        "secret": False,
    }


def test_a_stack_gets_another_passphrase(keys: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    keys("config", "set", "token", "canary", "--secret")
    new = keys.write("new", "shut sesame\n")

    # when
    nothing = keys("stack", "passphrase")
    missing = keys("stack", "passphrase", "study", "--new-file", "no-such-file")
    said = keys("stack", "passphrase", "--new-file", str(new), "--json")
    refused = keys("config", "get", "token")
    monkeypatch.setenv(PASSPHRASE, "shut sesame")
    opened = keys("config", "get", "token")
    again = keys("stack", "passphrase", "study", piped="open sesame\n")
    monkeypatch.setenv(PASSPHRASE, "open sesame")

    # then
    assert (nothing.code, "there is no new passphrase" in nothing.err) == (ExitCode.USAGE, True)
    assert (missing.code, "no-such-file" in missing.err) == (ExitCode.USAGE, True)
    assert said.json() == {"version": 1, "stack": "study", "changed": True}
    assert (refused.code, opened.out) == (ExitCode.USAGE, "canary\n")
    assert again.out == "the secrets of study have another passphrase now\n"
    assert keys("config", "get", "token").out == "canary\n"
