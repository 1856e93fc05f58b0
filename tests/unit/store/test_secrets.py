"""Secrets are stored encrypted, in the form of Pulumi's passphrase provider."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved, UpdateKind, UpdateStarted
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.core.values import UNKNOWN, Secret, Value
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.passphrases import FILE_VARIABLE, VARIABLE, Passphrases
from cloudmesh_iac.store.ciphers import cipher_of, new_cipher
from cloudmesh_iac.store.digests import SecretDigests
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.sealing import has_plain, has_sealed, hide, seal, unseal
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.wire.plain import from_json, to_json
from tests.builders import a_computer, a_holder, a_record
from tests.unit.store.older import make_older

STACK = StackId("lab", "hello")
CANARY = "canary-7f3a"
NESTED: Mapping[str, Value] = {
    "login": {"keys": ("x", Secret(CANARY))},
    "word": Secret({"a": CANARY}),
    "open": "y",
}


def _computer(home: Path, **environment: str) -> Computer:
    return replace(a_computer(), home=home, environment=environment)


def _write(store: SqliteStore, snapshot: Snapshot) -> None:
    started = UpdateStarted(
        kind=UpdateKind.UP,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        user="ada",
        host="login1",
        program="hello.py",
        program_digest="",
        plan_digest="",
        parameters=(),
    )
    record = replace(a_record(), inputs=NESTED, outputs={"word": Secret(CANARY)})
    writing = store.write(snapshot, started, a_holder(is_alive=False))
    try:
        writing.commit([Saved(record)])
    finally:
        writing.stop()


def _a_stack_with_secrets(home: Path, **environment: str) -> Path:
    store = SqliteStore(home / "cmx.db", computer=_computer(home, **environment))
    _write(store, store.snapshot(STACK))
    store.close()
    return home / "cmx.db"


def test_a_secret_is_in_no_file_and_comes_back_as_it_was(tmp_path: Path) -> None:
    # given
    path = _a_stack_with_secrets(tmp_path, **{VARIABLE: "open sesame"})

    # then
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()
    store = SqliteStore(path, computer=_computer(tmp_path, **{VARIABLE: "open sesame"}))
    (record,) = store.snapshot(STACK).records
    assert record.inputs == NESTED
    assert record.outputs == {"word": Secret(CANARY)}
    store.close()


def test_without_a_variable_a_file_of_this_person_holds_the_passphrase(tmp_path: Path) -> None:
    # given
    path = _a_stack_with_secrets(tmp_path)
    own_file = tmp_path / ".cloudmesh" / "passphrase"

    # then
    assert own_file.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in own_file.parent.iterdir()] == ["passphrase"]
    named = _computer(tmp_path / "other", **{FILE_VARIABLE: str(own_file)})
    store = SqliteStore(path, computer=named)
    assert store.snapshot(STACK).records[0].inputs == NESTED
    store.close()


def test_who_has_no_passphrase_reads_unknowns_and_writes_nothing(tmp_path: Path) -> None:
    # given
    path = _a_stack_with_secrets(tmp_path, **{VARIABLE: "open sesame"})

    # when
    store = SqliteStore(path, computer=_computer(tmp_path / "elsewhere"))
    snapshot = store.snapshot(STACK)

    # then
    assert snapshot.is_sealed
    assert snapshot.records[0].outputs == {"word": Secret(UNKNOWN)}
    with pytest.raises(UsageProblem, match="cannot be read here") as refused:
        _write(store, snapshot)
    assert VARIABLE in (refused.value.hint or "")
    store.close()


def test_a_wrong_passphrase_is_one_error_that_says_where_it_came_from(tmp_path: Path) -> None:
    path = _a_stack_with_secrets(tmp_path, **{VARIABLE: "open sesame"})
    store = SqliteStore(path, computer=_computer(tmp_path, **{VARIABLE: "sesame"}))
    with pytest.raises(UsageProblem, match=f"the passphrase from {VARIABLE}"):
        store.snapshot(STACK)
    store.close()


def test_a_passphrase_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = _a_stack_with_secrets(tmp_path, **{VARIABLE: "open sesame"})
    missing = str(tmp_path / "missing")
    store = SqliteStore(path, computer=_computer(tmp_path, **{FILE_VARIABLE: missing}))
    with pytest.raises(UsageProblem, match="missing"):
        store.snapshot(STACK)
    store.close()


def test_a_file_from_before_there_was_encryption_is_read_and_brought_up_to_date(
    tmp_path: Path,
) -> None:
    # given
    path = _a_stack_with_secrets(tmp_path, **{VARIABLE: "open sesame"})
    with closing(sqlite3.connect(path)) as file:
        file.execute("DELETE FROM records")
        file.execute("DELETE FROM locks")
        file.commit()
    make_older(path, 1)

    # when
    store = SqliteStore(path, computer=_computer(tmp_path))
    old = store.snapshot(STACK)
    _write(store, old)

    # then
    assert old.records == ()
    assert store.snapshot(STACK).records[0].inputs == NESTED
    store.close()


def test_a_passphrase_is_known_by_its_salt() -> None:
    salt, cipher = new_cipher("open sesame", bytes)
    assert cipher_of(salt, "open sesame") == cipher
    assert cipher_of(salt, "sesame") is None
    assert salt.split(":")[0::2] == ["v1", "v1", salt.split(":")[4]]


def test_what_pulumi_has_encrypted_can_be_read() -> None:
    """The two texts were written by the program `pulumi` 3.259.0, `config set --secret`."""
    salt = "v1:Xu+3BolOPMc=:v1:hXnIJopm10AohYjJ:sES9owJVoqsBTxavv8ExvrWafUdoIQ=="
    cipher = cipher_of(salt, "open sesame")
    assert cipher is not None
    assert cipher.decrypt("v1:E3BtJk7ctUjc11nE:wquoxW6aCJCttH0cNDUDmX2fG/m/p+u5/A==") == "canary-ü"


@pytest.mark.parametrize("text", ["", "v1:x", "v1:AAAA:AAAA", "v2:AAAA:AAAA", "v1:!:!"])
def test_a_text_of_another_key_is_refused(text: str) -> None:
    _, cipher = new_cipher("open sesame", bytes)
    with pytest.raises(ValueError, match="passphrase"):
        cipher.decrypt(text)


@pytest.mark.parametrize("value", ["", 'quo"te\\', "{}", "ü", 5, None, ("a", {"b": Secret("c")})])
def test_only_the_secrets_of_a_text_are_encrypted(value: Value) -> None:
    # given
    text = to_json({"a": Secret(value), "b": 'no {"secret":"x"}'})

    # when
    sealed = seal(text, lambda clear: clear.encode().hex())

    # then
    assert has_plain(text)
    assert not has_plain(sealed)
    assert has_sealed(sealed)
    assert seal(sealed, lambda _: "never") == sealed
    assert unseal(sealed, lambda closed: bytes.fromhex(closed).decode()) == text
    assert from_json(hide(sealed)) == {"a": Secret(UNKNOWN), "b": 'no {"secret":"x"}'}


def test_secrets_are_told_apart_by_digests_that_need_the_passphrase(tmp_path: Path) -> None:
    # given
    ours, theirs = (
        Keys(computer, Passphrases(computer))
        for computer in (
            _computer(tmp_path, **{VARIABLE: "open sesame"}),
            _computer(tmp_path, **{VARIABLE: "sesame"}),
        )
    )

    # when
    digest = SecretDigests(ours, STACK, "seed")
    one, other = digest(CANARY), digest({"a": (Secret(CANARY), 1)})

    # then
    assert one is not None
    assert re.fullmatch("[0-9a-f]{64}", one)
    assert one == SecretDigests(ours, STACK, "seed")(Secret(CANARY))
    assert len({one, other, digest(""), digest(5)}) == 4
    assert one != SecretDigests(theirs, STACK, "seed")(CANARY)
    assert one != SecretDigests(ours, STACK, "another seed")(CANARY)


def test_where_the_key_is_missing_nothing_is_said_of_a_secret(tmp_path: Path) -> None:
    # given
    keys = Keys(_computer(tmp_path), Passphrases(_computer(tmp_path)))
    with_passphrase = _computer(tmp_path, **{VARIABLE: "open sesame"})

    # then
    assert SecretDigests(keys, STACK, "seed")(CANARY) is None
    assert list(tmp_path.iterdir()) == []
    known = Keys(with_passphrase, Passphrases(with_passphrase))
    assert SecretDigests(known, STACK, "")(CANARY) is None
    assert SecretDigests(known, STACK, "seed")({"a": UNKNOWN}) is None


def test_digests_are_made_with_the_passphrase_that_opened_the_stack(tmp_path: Path) -> None:
    # given
    path = _a_stack_with_secrets(tmp_path)
    own_file = tmp_path / ".cloudmesh" / "passphrase"
    asked = _computer(tmp_path / "elsewhere")
    by_answer = Keys(asked, Passphrases(asked, ask=lambda _: own_file.read_text().strip()))
    by_file = Keys(_computer(tmp_path), Passphrases(_computer(tmp_path)))

    # when
    for keys in (by_answer, by_file):
        store = SqliteStore(path, computer=asked, keys=keys)
        store.snapshot(STACK)
        store.close()

    # then
    found = [SecretDigests(keys, STACK, "seed")(CANARY) for keys in (by_answer, by_file)]
    assert found[0] == found[1] is not None
