"""A secret stands in no file, no line, no plan and no JSON, whoever quotes it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.passphrases import VARIABLE
from cloudmesh_iac.store.ciphers import new_cipher
from tests.integration.cli import Cmx, Said

PASSPHRASE = {VARIABLE: "open sesame"}
CANARY = 'canary-ü "7\\f3a'
MADE = "yranac"  # the provider makes it of the setting: no program and no setting holds it
KEY = "-----BEGIN-----\ncanary-line-one\ncanary-line-two\n-----END-----"
TRACES = ("canary", MADE)
PROVIDER = """
    from pathlib import Path

    from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, UpdateResult
    from pulumi.dynamic import ReadResult, Resource, ResourceProvider


    def fail(moment, props):
        if moment in Path("fails").read_text().split():
            print(f"{moment} of {props['token']} and {props['deep']}", flush=True)
            print(props["key"].splitlines()[1], flush=True)
            raise ValueError(f"{moment}: {props['token']!r}, {props['key']}, {props.get('made')}")


    class Keeper(ResourceProvider):
        def check(self, olds, news):
            if "refuse" in Path("fails").read_text().split():
                return CheckResult(news, [CheckFailure("token", f"{news['token']} is too short")])
            fail("check", news)
            return CheckResult(news, [])

        def diff(self, id, olds, news):
            fail("diff", news)
            return super().diff(id, olds, news)

        def create(self, props):
            fail("create", props)
            return CreateResult("k1", {**props, "made": "yranac"})

        def update(self, id, olds, news):
            fail("update", {**news, "made": olds["made"]})
            return UpdateResult({**news, "made": olds["made"]})

        def read(self, id, props):
            fail("read", props)
            return ReadResult(id, props)

        def delete(self, id, props):
            fail("delete", props)


    class Thing(Resource):
        def __init__(self, name, opts=None, **props):
            super().__init__(Keeper(), name, {**props, "made": None}, opts)
    """
PROGRAM = """
    from pathlib import Path

    import pulumi
    from _keeping import Thing

    config = pulumi.Config()
    token = config.require_secret("token")
    key = config.require_secret_object("login")["keys"][0]
    fails = Path("fails").read_text().split()
    thing = Thing(
        "a",
        token=token,
        key=key,
        deep={"list": [{"token": token}, token]},
        size=len(fails),
        opts=pulumi.ResourceOptions(additional_secret_outputs=["made"]),
    )
    pulumi.export("token", token)
    pulumi.export("deep", {"list": [{"key": key}], "thing": thing.deep})
    pulumi.export("made", thing.made)
    if "print" in fails:
        pulumi.Output.all(token, key).apply(lambda both: print(*both))
        token.apply(pulumi.log.warn)
    if "raise" in fails:
        token.apply(lambda text: 1 / 0 if not text else [][text])
    if "exit" in fails:
        raise SystemExit(1)
    if "own" in fails:
        token.apply(lambda text: (_ for _ in ()).throw(RuntimeError(f"I know {text}")))
    """


@pytest.fixture
def keys(cmx: Cmx) -> Cmx:
    """A stack whose settings are secret, also inside a setting."""
    cmx.environment.update(PASSPHRASE)
    cmx.write("stacks/_keeping.py", PROVIDER)
    cmx.program(PROGRAM, "keys")
    cmx.write("stacks/fails", "")
    salt, cipher = new_cipher("open sesame", this_computer().random_bytes)
    token, key = (cipher.encrypt(text, this_computer().random_bytes) for text in (CANARY, KEY))
    cmx.write(
        "stacks/Pulumi.keys.yaml",
        f"""
        encryptionsalt: {salt}
        config:
          lab:token: {{secure: "{token}"}}
          lab:login: {{user: ada, keys: [{{secure: "{key}"}}]}}
        """,
    )
    return cmx


def _quoting(said: Said) -> list[str]:
    return [line for line in said.all.splitlines() if any(one in line for one in TRACES)]


def _files_with_traces(folder: Path) -> list[tuple[Path, bytes]]:
    """Return the files that hold a secret, the provider apart, which has one in its source."""
    pattern = re.compile("|".join(TRACES).encode())
    found = [
        (file, match[0])
        for file in folder.rglob("*")
        if file.is_file() and "keeping" not in file.name
        for match in pattern.finditer(file.read_bytes())
    ]
    return [one for one in found if "__pycache__" not in one[0].parts]


def test_nothing_is_quoted_while_all_goes_well(keys: Cmx) -> None:
    # when
    said = [
        keys("up", "--yes", "--json"),
        keys("preview", "--refresh", "--json"),
        keys("outputs"),
        keys("outputs", "--json"),
        keys("config", "ls", "--json"),
        keys("history", "show", "1"),
    ]

    # then
    assert [_quoting(one) for one in said if _quoting(one)] == []
    assert _files_with_traces(keys.folder) == []
    shown = keys("outputs", "--show-secrets", "--json").json()
    assert shown["made"] == MADE
    assert shown["deep"]["list"] == [{"key": KEY}]
    assert shown["deep"]["thing"] == {"list": [{"token": CANARY}, CANARY]}


def test_a_copy_of_a_program_with_a_secret_in_it_is_encrypted(keys: Cmx) -> None:
    """A secret does not belong there; the history keeps the program all the same."""
    # given
    program = keys.program(PROGRAM + "    # canary-in-a-comment\n", "keys")
    source = program.read_text()

    # when
    keys("up", "--yes")
    program.write_text("# all is gone\n")

    # then
    assert _files_with_traces(keys.folder) == []
    with closing(sqlite3.connect(keys.store)) as state:
        (copy,) = state.execute("SELECT body FROM copies").fetchone()
    assert isinstance(copy, str), "what is not encrypted is a compressed blob"
    shown = keys("history", "keys", "show", "1", "--program").stdout
    assert source in shown
    closed = keys("history", "keys", "show", "1", "--program", environment={VARIABLE: ""}, code=64)
    assert "is not that of the secrets" in closed.error[0]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("refuse", "[secret] is too short"),
        ("check", "check: "),
        ("create", "create: "),
        ("print", "[secret]"),
        ("raise", "list indices must be"),
        ("own", "I know [secret]"),
        ("exit", "exit code 1"),
    ],
)
def test_an_error_on_the_way_to_the_first_object_quotes_nothing(
    keys: Cmx, *, moment: str, words: str
) -> None:
    # given
    keys.write("stacks/fails", moment)

    # when
    said = [
        keys("preview", code=None),
        keys("up", "--yes", "--json", code=None),
    ]

    # then
    assert [_quoting(one) for one in said if _quoting(one)] == []
    assert any(words in one.all for one in said)
    assert _files_with_traces(keys.folder) == []


@pytest.mark.parametrize("moment", ["diff", "update", "read", "delete"])
def test_an_error_about_an_object_that_is_there_quotes_nothing(keys: Cmx, moment: str) -> None:
    # given
    keys("up", "--yes")
    keys.write("stacks/fails", moment)

    # when
    words = {"read": "refresh", "delete": "destroy"}.get(moment, "up")
    said = [keys(words, "--yes", "--json", code=None), keys("history", "--json")]

    # then
    assert [_quoting(one) for one in said if _quoting(one)] == []
    assert any(f"{moment}: " in one.all for one in said)
    assert _files_with_traces(keys.folder) == []


def test_a_wrong_passphrase_is_one_clear_error(keys: Cmx) -> None:
    # given
    keys("up", "--yes")
    wrong = {"PULUMI_CONFIG_PASSPHRASE": "sesame"}

    # when
    said = [
        keys(*words, "--json", environment=wrong, code=64)
        for words in (
            ("preview",),
            ("up", "--yes"),
            ("destroy", "--yes"),
            ("outputs",),
        )
    ]

    # then
    for one in said:
        assert one.stderr.count("error:") == 1
        assert "Traceback" not in one.stderr
        error = one.json()["error"]
        assert "the passphrase from PULUMI_CONFIG_PASSPHRASE is not that of" in error["message"]
        assert error["exit_code"] == 64
