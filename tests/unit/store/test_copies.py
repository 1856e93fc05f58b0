"""Copies of programs are encrypted where their stack has secrets."""

import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.history import Origin, with_copy
from cloudmesh_iac.core.journal import Removed, Saved
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.engine.verifying import verify
from cloudmesh_iac.settings.passphrases import VARIABLE
from cloudmesh_iac.store import ciphers
from cloudmesh_iac.store.sealing import as_secret, plain_of
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.wire.records import copy_to_json
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end
from tests.unit.store.test_changing_passphrases import NEW, OLD, ROUNDS, Hand

CANARY = "canary-7f3a"
FIRST = with_copy(Origin(), {"hello.py": f"password = '{CANARY}'\n"})
SECOND = with_copy(Origin(), {"hello.py": f"password = '{CANARY}'  # changed\n"})
OTHER = StackId("lab", "other")


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ciphers, "ROUNDS", ROUNDS)


def run(
    store: SqliteStore, origin: Origin, *, stack: StackId = STACK, secret: bool = False
) -> None:
    record = replace(a_record(), inputs={"word": Secret("x") if secret else "x"})
    writing = store.write(store.snapshot(stack), replace(a_start(), origin=origin), a_holder())
    writing.commit([Saved(record)])
    writing.close(an_end())


def bodies(store: SqliteStore) -> list[tuple[str, str]]:
    """Return the stack and the type of each stored body."""
    with store._database.reading() as connection:
        assert connection is not None
        rows = connection.execute("SELECT stack, typeof(body) FROM copies ORDER BY rowid")
        return rows.fetchall()


def a_store(folder: Path, passphrase: str = "") -> SqliteStore:
    environment = {VARIABLE: passphrase} if passphrase else {}
    computer = replace(a_computer(), home=folder / "nobody", environment=environment)
    return SqliteStore(folder / "cmx.db", computer=computer)


def test_a_stack_without_secrets_keeps_its_programs_in_clear(tmp_path: Path) -> None:
    # given
    store = a_store(tmp_path, OLD)

    # when
    run(store, FIRST)

    # then
    assert bodies(store) == [("hello", "blob")]
    assert store.program_copy(STACK, FIRST.copy) == FIRST.files
    store.close()


def test_the_first_secret_of_a_stack_encrypts_its_programs(tmp_path: Path) -> None:
    # given
    store = a_store(tmp_path, OLD)
    run(store, FIRST)
    run(store, FIRST, stack=OTHER)
    clear = (tmp_path / "cmx.db").read_bytes() + (tmp_path / "cmx.db-wal").read_bytes()

    # when
    run(store, SECOND, secret=True)
    store.close()

    # then
    again = a_store(tmp_path, OLD)
    assert bodies(again) == [("hello", "text"), ("other", "blob"), ("hello", "text")]
    assert again.program_copy(STACK, FIRST.copy) == FIRST.files
    assert again.program_copy(STACK, SECOND.copy) == SECOND.files
    assert again.program_copy(OTHER, FIRST.copy) == FIRST.files
    assert verify(STACK, again) == ()
    assert compressed(SECOND) not in (tmp_path / "cmx.db").read_bytes()
    assert compressed(FIRST) in clear, "this is how it would be seen"
    again.close()


def compressed(origin: Origin) -> bytes:
    """Return how a copy stands in a file while it is not encrypted."""
    return zlib.compress(copy_to_json(origin.files).encode("ascii"))


def test_later_runs_encrypt_theirs_as_they_begin(tmp_path: Path) -> None:
    # given
    store = a_store(tmp_path, OLD)
    run(store, FIRST, secret=True)

    # when
    writing = store.write(
        store.snapshot(STACK), replace(a_start(), origin=SECOND), a_holder(is_alive=False)
    )

    # then
    assert bodies(store) == [("hello", "text"), ("hello", "text")]
    writing.stop()
    store.close()


def test_without_the_passphrase_a_copy_is_closed_and_no_flaw(tmp_path: Path) -> None:
    # given
    store = a_store(tmp_path, OLD)
    run(store, FIRST, secret=True)
    store.close()

    # when
    stranger = a_store(tmp_path)

    # then
    assert stranger.program_copy(STACK, FIRST.copy) is None
    assert verify(STACK, stranger) == ()
    stranger.close()


def test_another_passphrase_opens_the_copies_too(tmp_path: Path) -> None:
    # given
    hand = Hand(tmp_path, OLD)
    run(hand.store, FIRST, secret=True)

    # when
    hand.change(NEW)
    hand.store.close()

    # then
    new = Hand(tmp_path, NEW)
    assert new.store.program_copy(STACK, FIRST.copy) == FIRST.files
    new.store.close()


def test_the_copies_of_a_stack_that_is_forgotten_are_still_opened(tmp_path: Path) -> None:
    # given
    store = a_store(tmp_path, OLD)
    writing = store.write(store.snapshot(STACK), replace(a_start(), origin=FIRST), a_holder())
    record = replace(a_record(), inputs={"word": Secret("x")})
    writing.commit([Saved(record), Removed(record.urn, record.creation)])
    writing.close(an_end())

    # when
    store.remove_stack(STACK)

    # then
    assert store.program_copy(STACK, FIRST.copy) == FIRST.files
    store.close()


@pytest.mark.parametrize("text", ["", "{}", as_secret("x")[:-1], '"x"'])
def test_what_is_no_secret_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="no secret"):
        plain_of(text)


def test_a_text_comes_back_from_a_secret_as_it_was() -> None:
    assert plain_of(as_secret('a "b" \\ ü')) == 'a "b" \\ ü'
