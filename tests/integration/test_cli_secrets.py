"""What is secret stands nowhere in clear: no file, no plan, no output."""

from pathlib import Path

from tests.integration.cli import Cmx

PASSPHRASE = {"PULUMI_CONFIG_PASSPHRASE": "open sesame"}
CANARY = "canary-ü"
# Written by the program `pulumi` 3.259.0: `config set --secret token canary-ü`.
SETTINGS = """
    encryptionsalt: v1:Xu+3BolOPMc=:v1:hXnIJopm10AohYjJ:sES9owJVoqsBTxavv8ExvrWafUdoIQ==
    config:
      lab:token:
        secure: v1:E3BtJk7ctUjc11nE:wquoxW6aCJCttH0cNDUDmX2fG/m/p+u5/A==
    """
PROVIDER = """
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider


    class Keeper(ResourceProvider):
        def create(self, props):
            return CreateResult("k1", {**props, "length": len(props["token"])})


    class Thing(Resource):
        def __init__(self, name, token):
            props = {"token": token, "inner": [{"t": token}], "length": None}
            super().__init__(Keeper(), name, props)
    """
PROGRAM = """
    import pulumi
    from keeping import Thing

    token = pulumi.Config().require_secret("token")
    thing = Thing("a", token)
    pulumi.export("token", thing.token)
    pulumi.export("nested", {"list": [token]})
    pulumi.export("length", thing.length)
    """


def _program(cmx: Cmx) -> None:
    cmx.write("stacks/Pulumi.keys.yaml", SETTINGS)
    cmx.write("stacks/keeping.py", PROVIDER)
    cmx.program(PROGRAM, "keys")


def _files_with_canary(folder: Path) -> list[Path]:
    canary = CANARY.encode()
    found = [file for file in folder.rglob("*") if file.is_file() and canary in file.read_bytes()]
    return [file for file in found if file.suffix != ".pyc"]


def test_a_secret_is_used_and_stands_nowhere_in_clear(cmx: Cmx) -> None:
    # given
    _program(cmx)

    # when
    said = [
        cmx("preview", "keys", environment=PASSPHRASE),
        cmx("up", "keys", "--yes", environment=PASSPHRASE),
        cmx("preview", "keys", "--json", environment=PASSPHRASE),
        cmx("outputs", "keys", environment=PASSPHRASE),
        cmx("outputs", "keys", "--json", environment=PASSPHRASE),
    ]

    # then
    assert "nothing to change" in cmx("preview", "keys", environment=PASSPHRASE).stdout
    assert f"length: {len(CANARY)}" in said[3].stdout
    assert not [one.all for one in said if CANARY in one.all]
    assert _files_with_canary(cmx.folder) == []
    cmx("destroy", "keys", "--yes", environment=PASSPHRASE)


def test_outputs_show_secrets_only_when_asked(cmx: Cmx) -> None:
    # given
    _program(cmx)
    cmx("up", "keys", "--yes", environment=PASSPHRASE)

    # when
    hidden = cmx("outputs", "keys", "--json", environment=PASSPHRASE).json()
    shown = cmx("outputs", "keys", "--show-secrets", "--json", environment=PASSPHRASE).json()

    # then
    assert hidden == {"token": "[secret]", "nested": {"list": ["[secret]"]}, "length": len(CANARY)}
    assert shown == {"token": CANARY, "nested": {"list": [CANARY]}, "length": len(CANARY)}
    text = cmx("outputs", "keys", "--show-secrets", "-n", "token", environment=PASSPHRASE).stdout
    assert text == f'token: "{CANARY}"\n'
    refused = cmx("outputs", "keys", "--show-secrets", code=64)
    assert "cannot be read here" in refused.error[0]
    cmx("destroy", "keys", "--yes", environment=PASSPHRASE)


def test_two_plans_with_another_secret_differ_and_show_none(cmx: Cmx) -> None:
    # given
    _program(cmx)
    first = cmx("preview", "keys", "--json", environment=PASSPHRASE).json()
    cmx("up", "keys", "--yes", environment=PASSPHRASE)

    # when
    plans = []
    for secret in ("canary-1", "canary-2", "canary-1"):
        cmx("config", "set", "keys", "token", secret, environment=PASSPHRASE)
        plans.append(cmx("preview", "keys", "--json", environment=PASSPHRASE).stdout)

    # then
    assert plans[0] == plans[2] != plans[1]
    assert "canary" not in "".join(plans)
    assert '"hmac"' in plans[0]
    assert first["changes"][-1]["inputs"]["token"] == {"secret": True, "may_have_changed": True}
    assert '"may_have_changed"' in cmx("preview", "keys", "--json").stdout
    cmx("destroy", "keys", "--yes", environment=PASSPHRASE)


def test_a_saved_plan_holds_no_secret_and_is_refused_when_one_has_changed(cmx: Cmx) -> None:
    # given
    cmx.write("stacks/keeping.py", PROVIDER)
    cmx.program(
        """
        from pathlib import Path

        import pulumi
        from keeping import Thing

        Thing("a", pulumi.Output.secret(Path("word").read_text()))
        """,
        "keys",
    )
    cmx.write("stacks/word", CANARY)
    cmx("preview", "keys", "--save", "keys.plan", environment=PASSPHRASE)

    # when
    cmx.write("stacks/word", "another")
    refused = cmx("up", "--plan", "keys.plan", environment=PASSPHRASE, code=5)
    cmx.write("stacks/word", CANARY)
    cmx("up", "--plan", "keys.plan", environment=PASSPHRASE)

    # then
    assert "does not hold any more" in refused.error[0]
    files = [file for file in _files_with_canary(cmx.folder) if file.name != "word"]
    assert files == []
    assert '"hmac"' in (cmx.project / "keys.plan").read_text()


def test_without_its_passphrase_a_stack_is_previewed_and_not_changed(cmx: Cmx) -> None:
    # given
    _program(cmx)
    cmx("up", "keys", "--yes", environment=PASSPHRASE)

    # then
    assert "may" in cmx("preview", "keys").stdout
    for refused in (cmx("up", "keys", "--yes", code=64), cmx("destroy", "keys", "--yes", code=64)):
        assert "cannot be read here" in refused.error[0]
        assert "PULUMI_CONFIG_PASSPHRASE" in refused.error[1]
    wrong = cmx("preview", "keys", environment={"PULUMI_CONFIG_PASSPHRASE": "x"}, code=64)
    assert "the passphrase from PULUMI_CONFIG_PASSPHRASE is not that of" in wrong.error[0]
    cmx("destroy", "keys", "--yes", environment=PASSPHRASE)


def test_a_secret_is_no_part_of_a_job(cmx: Cmx) -> None:
    # given
    cmx.write("stacks/Pulumi.study.yaml", SETTINGS)
    cmx.program(
        """
        import cloudmesh_iac as cmx
        import pulumi

        token = pulumi.Config().require_secret("token")
        with cmx.Experiment("study") as exp:
            cmx.Job("j", command=cmx.fmt("login {}", token), walltime="1m")
        """
    )

    # when
    said = cmx("up", "--yes", environment=PASSPHRASE, code=1)

    # then
    assert "j (stacks/study.py:6): command: holds a secret" in said.all
    assert CANARY not in said.all
    assert _files_with_canary(cmx.folder) == []


def test_a_secret_setting_is_no_parameter(cmx: Cmx) -> None:
    # given
    cmx.write("stacks/Pulumi.study.yaml", SETTINGS)
    cmx.program(
        """
        import cloudmesh_iac as cmx

        with cmx.Experiment("study") as exp:
            exp.param("token", "none")
        """
    )

    # when
    said = cmx("preview", "study", environment=PASSPHRASE, code=1)

    # then
    assert "parameter token is a secret setting" in said.all
    assert CANARY not in said.all
