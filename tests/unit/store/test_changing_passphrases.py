"""One passphrase opens the state and the settings of a stack, whenever somebody was killed."""

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Opened, Saved
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.errors import PlanBroken, StackLocked, UsageProblem
from cloudmesh_iac.settings.changing import SettingKey, open_stack_file
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.passphrases import VARIABLE, Passphrases
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.stack_settings import read_stack_settings
from cloudmesh_iac.store import ciphers
from cloudmesh_iac.store.changing_passphrases import change_passphrase, finish_change
from cloudmesh_iac.store.ciphers import Cipher
from cloudmesh_iac.store.keys import Keys, opened_settings
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end

OLD, NEW = "open sesame", "shut sesame"
CANARY = "canary-7f3a"
PENDING = ".Pulumi.hello.yaml.new-passphrase"
ROUNDS = 1000  # a thousandth: what a key costs is tested elsewhere

CHANGE = """
import os
import signal
import sys
from pathlib import Path

from cloudmesh_iac.store import changing_passphrases, ciphers, sqlite
from tests.unit.store.test_changing_passphrases import NEW, OLD, ROUNDS, Hand

ciphers.ROUNDS = ROUNDS


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


reseal = sqlite.reseal


def reseal_and_die(*arguments, **options):
    reseal(*arguments, **options)
    die()


if sys.argv[2] == "before the state":
    sqlite.SqliteStore.reseal = die
elif sys.argv[2] == "before its commit":
    sqlite.reseal = reseal_and_die
elif sys.argv[2] == "before the settings":
    changing_passphrases.Path.replace = lambda path, target: (
        die() if path.suffix == ".new-passphrase" else os.replace(path, target)
    )
Hand(Path(sys.argv[1]), OLD).change(NEW)
"""


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ciphers, "ROUNDS", ROUNDS)


class Hand:
    """A person with a passphrase, and a project with one stack."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self.project = Project("lab", folder, folder, folder)
        self.computer: Computer = replace(
            a_computer(), home=folder / "home", environment={VARIABLE: passphrase}
        )
        self.keys = Keys(self.computer, Passphrases(self.computer))
        self.path = folder / "cmx.db"
        self.store = SqliteStore(self.path, computer=self.computer, keys=self.keys)

    def write(self, *, state: bool = True, settings: bool = True) -> None:
        if settings:
            salt, cipher = self.keys.begin(STACK)
            text = {"secure": self.keys.encrypt(cipher, CANARY)}
            file = open_stack_file(self.project, STACK.name)
            file.with_setting(SettingKey("lab:token"), text).with_salt(salt).save()
        if state:
            record = replace(a_record(), inputs={"a": ({"b": Secret(CANARY)},)})
            intent = Intent(
                record.urn, Op.UPDATE, 1, replace(record, outputs={"c": Secret(CANARY)})
            )
            writing = self.store.write(self.store.snapshot(STACK), a_start(), a_holder())
            writing.commit([Saved(record), Opened(intent)])
            writing.close(an_end())

    def change(self, new: str) -> None:
        change_passphrase(
            self.project, STACK, new, keys=self.keys, store=self.store, computer=self.computer
        )

    def opens(self) -> list[str]:
        """Return each secret of the settings and the state. Errors: UsageProblem."""
        finish_change(self.project, STACK, self.store)
        settings = read_stack_settings(self.project, STACK.name)
        found: list[object] = []
        if settings.secure:
            cipher = self.keys.needed_cipher(settings.salt, STACK)
            found += opened_settings(settings, self.keys, cipher, stack=STACK).values()
        snapshot = self.store.snapshot(STACK)
        found += re.findall(CANARY, "".join(_shown(one.inputs) for one in snapshot.records))
        found += re.findall(CANARY, "".join(_shown(one.goal.outputs) for one in snapshot.intents))
        return [str(one) for one in found]


def _shown(value: object) -> str:
    if isinstance(value, Secret):
        return str(value.value)
    if isinstance(value, dict):
        return "".join(map(_shown, value.values()))
    return "".join(map(_shown, value)) if isinstance(value, tuple) else ""


def test_the_new_passphrase_opens_everything_and_the_old_one_nothing(tmp_path: Path) -> None:
    # given
    Hand(tmp_path, OLD).write()
    before = (tmp_path / "Pulumi.hello.yaml").read_text()

    # when
    Hand(tmp_path, OLD).change(NEW)

    # then
    assert Hand(tmp_path, NEW).opens() == [CANARY] * 3
    with pytest.raises(UsageProblem, match="is not that of"):
        Hand(tmp_path, OLD).opens()
    with closing(sqlite3.connect(tmp_path / "cmx.db")) as file:
        (salt,) = file.execute("SELECT salt FROM stacks").fetchone()
    assert salt in (tmp_path / "Pulumi.hello.yaml").read_text()
    assert before.count("\n") == (tmp_path / "Pulumi.hello.yaml").read_text().count("\n")


def test_nothing_of_the_old_texts_is_left_in_the_state_file(tmp_path: Path) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    hand.write()
    hand.store.close()
    old = re.findall(rb'"ciphertext":"([^"]+)"', (tmp_path / "cmx.db").read_bytes())

    # when
    hand.change(NEW)
    hand.store.close()

    # then
    assert old
    assert not [text for text in old if text in (tmp_path / "cmx.db").read_bytes()]


@pytest.mark.parametrize(("state", "settings", "count"), [(True, False, 2), (False, True, 1)])
def test_a_stack_may_have_secrets_in_one_place_only(
    tmp_path: Path, *, state: bool, settings: bool, count: int
) -> None:
    Hand(tmp_path, OLD).write(state=state, settings=settings)
    Hand(tmp_path, OLD).change(NEW)
    assert Hand(tmp_path, NEW).opens() == [CANARY] * count


def test_what_has_the_new_passphrase_already_is_taken_along(tmp_path: Path) -> None:
    # given
    Hand(tmp_path, NEW).write(state=False)
    Hand(tmp_path, OLD).write(settings=False)

    # when
    Hand(tmp_path, OLD).change(NEW)

    # then
    assert Hand(tmp_path, NEW).opens() == [CANARY] * 3


@pytest.mark.parametrize(
    ("moment", "opened_by"),
    [
        ("before the state", OLD),
        ("before its commit", OLD),
        ("before the settings", NEW),
        ("never", NEW),
    ],
)
def test_whoever_is_killed_in_between_one_passphrase_opens_everything(
    tmp_path: Path, *, moment: str, opened_by: str
) -> None:
    # given
    Hand(tmp_path, OLD).write()

    # when
    ended = subprocess.run(
        [sys.executable, "-c", CHANGE, str(tmp_path), moment],
        cwd=Path(__file__).parents[3],
        timeout=60,
        check=False,
    )

    # then
    assert ended.returncode == (0 if moment == "never" else -signal.SIGKILL)
    assert Hand(tmp_path, opened_by).opens() == [CANARY] * 3
    Hand(tmp_path, opened_by).change("a third one")
    assert Hand(tmp_path, "a third one").opens() == [CANARY] * 3
    assert not (tmp_path / PENDING).exists()


def test_a_plan_from_before_the_change_is_refused(tmp_path: Path) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    hand.write()
    planned = hand.store.snapshot(STACK)

    # when
    Hand(tmp_path, OLD).change(NEW)

    # then
    with pytest.raises(PlanBroken):
        hand.store.write(planned, a_start(), a_holder())


def test_while_somebody_writes_the_stack_nothing_is_changed(tmp_path: Path) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    hand.write()
    writing = hand.store.write(hand.store.snapshot(STACK), a_start(), a_holder())

    # then
    with pytest.raises(StackLocked):
        Hand(tmp_path, OLD).change(NEW)
    writing.close(an_end())
    assert Hand(tmp_path, OLD).opens() == [CANARY] * 3


def test_a_wrong_passphrase_changes_nothing(tmp_path: Path) -> None:
    Hand(tmp_path, OLD).write()
    with pytest.raises(UsageProblem, match=f"the passphrase from {VARIABLE} is not that of"):
        Hand(tmp_path, "wrong").change(NEW)
    assert Hand(tmp_path, OLD).opens() == [CANARY] * 3


def test_a_stack_without_secrets_has_no_passphrase_to_change(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="has no secrets yet"):
        Hand(tmp_path, OLD).change(NEW)
    assert not (tmp_path / "cmx.db").exists()


def test_a_setting_that_was_encrypted_elsewhere_changes_nothing(tmp_path: Path) -> None:
    # given
    Hand(tmp_path, OLD).write()
    foreign = {"secure": Cipher(bytes(32)).encrypt(CANARY, a_computer().random_bytes)}
    file = open_stack_file(Hand(tmp_path, OLD).project, STACK.name)
    file.with_setting(SettingKey("lab:foreign"), foreign).save()

    # then
    with pytest.raises(UsageProblem, match="a secret setting of hello cannot be read"):
        Hand(tmp_path, OLD).change(NEW)
    foreign_file = open_stack_file(Hand(tmp_path, OLD).project, STACK.name)
    foreign_file.without_setting(SettingKey("lab:foreign")).save()
    assert Hand(tmp_path, OLD).opens() == [CANARY] * 3


def test_settings_that_cannot_be_put_in_their_place_are_named(tmp_path: Path) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    hand.write()
    file = open_stack_file(hand.project, STACK.name)
    in_the_way = file.path.with_name("Pulumi.hello.yaml")
    file.path.rename(tmp_path / PENDING)
    salt = file.salt
    assert hand.store.salt(STACK) == salt
    (in_the_way / "folder").mkdir(parents=True)

    # then
    with pytest.raises(UsageProblem, match="cannot be written"):
        finish_change(hand.project, STACK, hand.store)


def test_state_and_settings_share_a_key(tmp_path: Path) -> None:
    hand = Hand(tmp_path, OLD)
    hand.write()
    assert open_stack_file(hand.project, STACK.name).salt == hand.store.salt(STACK)


@pytest.mark.parametrize("content", [b"config: {a: 1}\n", b"config: {", b"\xff"])
def test_a_file_of_that_name_that_is_none_of_ours_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    hand.write()
    before = (tmp_path / "Pulumi.hello.yaml").read_text()
    (tmp_path / PENDING).write_bytes(content)

    # then
    assert hand.opens() == [CANARY] * 3
    assert (tmp_path / "Pulumi.hello.yaml").read_text() == before
