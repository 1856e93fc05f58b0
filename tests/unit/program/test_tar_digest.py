"""The tar file whose digest is taken is that of Go's writer, also for names that do not fit."""

from hashlib import sha256
from io import BytesIO

import pytest

from cloudmesh_iac.program.asset_content import Member, Unreadable
from cloudmesh_iac.program.tar_digest import tar_digest


def a_member(name: str, content: bytes = b"one", size: int | None = None) -> Member:
    return Member(name.encode(), len(content) if size is None else size, BytesIO(content))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", "91ab8200b761caf7"),
        (".hidden", "f01a65190445e692"),
        ("x" * 100, "66c3b8a86579ae7d"),
        ("x" * 101, "e23ea56bfc996537"),
        ("d" * 60 + "/" + "e" * 60, "b0aa37e32cc54762"),
        ("d" * 155 + "/" + "e" * 100, "5ad8331e3fa32524"),
        ("d" * 156 + "/" + "e" * 10, "4c41512f38010c94"),
        ("d" * 10 + "/" + "e" * 101, "43b35e8eeeb5c261"),
        ("grüße/ä.txt", "4c11f75891f454b5"),
        ("ü" * 60, "77c1d01b8917770e"),
        ("d" * 99 + "/" + "e" * 120, "6ae1d1cc4f7cac70"),
        ("d" * 98 + "//" + "e" * 120, "9b26ded283711e72"),
        ("d" * 60 + "/" + "ü" * 30 + "e" * 60, "1c7f0b44882200eb"),
        ("/" + "d" * 120, "e5d469e3c286874f"),
    ],
)
def test_a_name_is_written_as_go_does(name: str, expected: str) -> None:
    """The beginnings of digests were made by Go 1.26."""
    assert tar_digest([a_member(name)]).startswith(expected)


def test_of_two_members_with_one_name_the_first_counts() -> None:
    first, second = a_member("a", b"one"), a_member("a", b"two")
    assert tar_digest([first, second]) == tar_digest([a_member("a", b"one")])


def test_nothing_is_two_empty_blocks() -> None:
    assert tar_digest([]) == sha256(bytes(1024)).hexdigest()


def test_what_is_full_needs_no_padding() -> None:
    full, more = (tar_digest([a_member("a", b"x" * size)]) for size in (512, 513))
    assert full != more


@pytest.mark.parametrize("size", [2, 4])
def test_a_file_that_changes_while_it_is_read_is_an_error(size: int) -> None:
    with pytest.raises(Unreadable, match="a changed while it was read"):
        tar_digest([a_member("a", b"one", size)])


@pytest.mark.parametrize("name", ["a/", "a\0b"])
def test_a_name_that_no_file_has_is_an_error(name: str) -> None:
    with pytest.raises(Unreadable, match="is no name of a file"):
        tar_digest([a_member(name)])
