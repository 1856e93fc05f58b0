"""What stands behind assets gets the digests that Pulumi's engine gives it.

The digests here were made by that engine; `tests/oracle/test_assets.py` asks it again.
"""

import http.server
import os
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Secret,
    Value,
)
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.program.digests import lacks_digests, with_digests

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
NO_MEMBERS = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
ONE = sha256(b"one").hexdigest()


def a_file(path: str) -> Asset:
    return Asset(AssetKind.PATH, path)


def an_archive(path: str) -> Archive:
    return Archive(AssetKind.PATH, path)


def digest(value: Value, folder: Path) -> str:
    found = with_digests({"source": value}, folder=folder, about="kept")["source"]
    assert isinstance(found, Asset | Archive)
    return found.sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.txt").write_text("one")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a").write_text("one")
    return tmp_path


def test_every_asset_at_any_depth_gets_its_digest(folder: Path) -> None:
    # given
    given: dict[str, Value] = {
        "plain": 4,
        "secret": Secret(a_file("in.txt")),
        "listed": (a_file("in.txt"), {"deep": a_file("in.txt")}, UNKNOWN),
        "sourced": OutputValue(a_file("in.txt"), is_secret=False, dependencies=()),
        "members": Archive(None, "", (("a", a_file("in.txt")),)),
    }
    done = Asset(AssetKind.PATH, "in.txt", ONE)

    # when
    found = with_digests(given, folder=folder, about="kept")

    # then
    members = found.pop("members")
    assert isinstance(members, Archive)
    assert members.members == (("a", done),)
    assert found == {
        "plain": 4,
        "secret": Secret(done),
        "listed": (done, {"deep": done}, UNKNOWN),
        "sourced": OutputValue(done, is_secret=False, dependencies=()),
    }
    assert lacks_digests(given)
    assert not lacks_digests({**found, "members": members})


def test_a_digest_that_is_there_is_left_alone(folder: Path) -> None:
    given = Asset(AssetKind.PATH, "in.txt", "already")
    assert digest(given, folder) == "already"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Asset(AssetKind.TEXT, "one"), ONE),
        (Asset(AssetKind.TEXT, ""), NOTHING),
        (a_file("in.txt"), ONE),
        (Archive(None, ""), NO_MEMBERS),
        (
            an_archive("site"),
            "91ab8200b761caf775fe186ad3af0f1441b18334fee0a15da9fe073328d4e6e3",
        ),
    ],
    ids=["text", "no text", "file", "no members", "folder"],
)
def test_each_kind_has_its_digest(value: Value, expected: str, folder: Path) -> None:
    assert digest(value, folder) == expected


def test_an_archive_file_counts_as_it_is(folder: Path) -> None:
    (folder / "a.zip").write_bytes(b"not even a zip")
    assert digest(an_archive("a.zip"), folder) == sha256(b"not even a zip").hexdigest()


def test_of_a_folder_names_and_contents_count_and_times_do_not(folder: Path) -> None:
    # given
    before = digest(an_archive("site"), folder)

    # when
    os.utime(folder / "site" / "a", (1, 1))
    (folder / "site" / ".pulumi").mkdir()
    (folder / "site" / ".pulumi" / "state").write_text("passed over")
    (folder / "site" / "empty").mkdir()
    touched = digest(an_archive("site"), folder)
    (folder / "site" / "b").write_text("")
    grown = digest(an_archive("site"), folder)

    # then
    assert touched == before
    assert grown != before


def test_a_folder_and_its_tar_file_among_members_are_the_same(folder: Path) -> None:
    # given
    with tarfile.open(folder / "site.tar.gz", "w:gz") as tar:
        tar.add(folder / "site", ".")
    with zipfile.ZipFile(folder / "site.zip", "w") as zipped:
        zipped.write(folder / "site" / "a", "./a")

    # when
    kinds = [
        Archive(None, "", (("x", an_archive(path)),))
        for path in ("site", "site.tar.gz", "site.zip")
    ]

    # then
    assert len({digest(kind, folder) for kind in kinds}) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (a_file("gone.txt"), "there is no {folder}/gone.txt"),
        (a_file("site"), "{folder}/site is a folder: give it as an archive"),
        (a_file("pipe"), "{folder}/pipe is no file"),
        (an_archive("gone"), "{folder}/gone is neither a folder nor a known kind of archive"),
        (an_archive("in.txt"), "{folder}/in.txt is neither a folder nor a known kind of archive"),
        (an_archive("link"), "{folder}/link is a link to a folder, which holds no files itself"),
        (an_archive("gone.zip"), "there is no {folder}/gone.zip"),
        (an_archive("dangling"), "there is no {folder}/dangling/to"),
        (
            Archive(None, "", (("x", an_archive("bad.zip")),)),
            "bad.zip is a damaged archive: File is not a zip file",
        ),
        (
            Archive(None, "", (("x", an_archive("bad.tgz")),)),
            "bad.tgz is a damaged archive: not a gzip file",
        ),
        (
            Archive(None, "", (("x", an_archive("linked.tar")),)),
            "link is neither a file nor a folder in its archive",
        ),
        (Archive(None, "", (("x/", a_file("in.txt")),)), "'x/' is no name of a file"),
        (
            Asset(AssetKind.URI, "ftp://lab.org/a"),
            "ftp://lab.org/a: nobody here knows how to fetch that",
        ),
        (
            Asset(AssetKind.URI, "file://there/a"),
            "file://there/a: nobody here knows how to fetch that",
        ),
        (
            Archive(AssetKind.URI, "https://lab.org/a.txt?as=.zip"),
            "https://lab.org/a.txt?as=.zip is no archive that is known by its name",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_property(
    value: Value, words: str, folder: Path
) -> None:
    # given
    (folder / "link").symlink_to("site")
    os.mkfifo(folder / "pipe")
    (folder / "dangling").mkdir()
    (folder / "dangling" / "to").symlink_to("nowhere")
    for name in ("bad.zip", "bad.tgz"):
        (folder / name).write_text("no archive at all")
    with tarfile.open(folder / "linked.tar", "w") as tar:
        tar.add(folder / "link", "link")

    # when
    with pytest.raises(ExperimentError) as refused:
        with_digests({"deep": ({"a b": value},)}, folder=folder, about="kept (hello.py:3)")

    # then
    place = 'kept (hello.py:3): deep[0]["a b"]'
    assert str(refused.value) == f"{place}: {words.format(folder=folder)}"


def test_a_member_that_is_missing_is_named() -> None:
    archive = Archive(None, "", (("b.txt", a_file("gone")),))
    with pytest.raises(ExperimentError, match=r'^kept: source\["b.txt"\]: there is no /lab/gone$'):
        digest(archive, Path("/lab"))


def test_a_file_that_cannot_be_reached_is_named_with_the_reason(folder: Path) -> None:
    with pytest.raises(ExperimentError, match=r"/in\.txt/x cannot be read: Not a directory$"):
        digest(a_file("in.txt/x"), folder)


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_there = self.path == "/in.txt"
        self.send_response(200 if is_there else 404)
        self.end_headers()
        self.wfile.write(b"one" if is_there else b"no such page")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_stands_at_an_address_is_fetched(site: str, folder: Path) -> None:
    assert digest(Asset(AssetKind.URI, f"{site}/in.txt"), folder) == ONE
    assert digest(Asset(AssetKind.URI, (folder / "in.txt").as_uri()), folder) == ONE


def test_what_cannot_be_fetched_is_an_error(site: str, folder: Path) -> None:
    with pytest.raises(ExperimentError, match="source: HTTP Error 404: Not Found"):
        digest(Asset(AssetKind.URI, f"{site}/gone.txt"), folder)
