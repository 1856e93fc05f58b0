"""The digests of assets and archives are Pulumi's, to the last bit of every odd name."""

import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.case import Declared, Generation, History, Programmed
from tests.oracle.ours import play_ours
from tests.oracle.outcome import Result
from tests.oracle.pulumis import play_theirs
from tests.rigs.pulumi.engine import PulumiEngine

_LONG = "d" * 60 + "/" + "e" * 60


def _file(path: str) -> Any:
    return {"$asset": {"path": path}}


def _archive(path: str) -> Any:
    return {"$archive": {"path": path}}


def _members(**members: Any) -> Any:
    return {"$archive": {"assets": members}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files of all kinds."""
    for name in (
        "empty",
        "site/index.html",
        "site/b/deep.txt",
        "site/b.txt",
        "site/B.txt",
        "site/.pulumi/state.json",
        "site/.hidden",
        "site/grüße/ä.txt",
        f"site/{_LONG}/short",
        f"site/{_LONG}/{'f' * 99}",
        f"site/{_LONG}/{'g' * 120}",
        f"site/{'h' * 150}",
        f"site/{'i' * 99}/{'j' * 80}/{'k' * 20}",
        f"site/{'l' * 90}/ü{'m' * 80}",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name == "empty" else f"this is {name}\n" * (len(name) * 11))
    (tmp_path / "site" / "link.txt").symlink_to("index.html")
    (tmp_path / "site" / "link").symlink_to("b")
    (tmp_path / os.fsdecode(b"site/\xff\xfe.bin")).write_bytes(b"\0" * 512)
    (tmp_path / "big").write_bytes(os.urandom(1 << 16) * 40)
    _pack(tmp_path)
    return tmp_path


def _pack(folder: Path) -> None:
    for name, mode in (("a.tar", "w"), ("a.tgz", "w:gz"), ("a.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as tar:  # type: ignore[call-overload]
            tar.add(folder / "site" / "b", "b")
            tar.add(folder / "site" / "index.html", "./x/../index.html")
            tar.add(folder / "site" / _LONG, _LONG)
    for name in ("a.zip", "a.jar"):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.write(folder / "site" / "index.html", "z/index.html")
            zipped.write(folder / "site" / "b.txt", "grüße.txt")
            zipped.mkdir("z/empty")
            zipped.writestr("a.txt", "first")
            zipped.writestr("a/../a.txt", "second")


_INPUTS: dict[str, Any] = {
    "text": {"$asset": {"text": "Grüße\n"}},
    "no_text": {"$asset": {"text": ""}},
    "file": _file("big"),
    "empty": _file("empty"),
    "dotted": _file("./site/../big"),
    "archives": [_archive(f"a.{end}") for end in ("tar", "tgz", "tar.gz", "zip", "jar")],
    "folder": _archive("site"),
    "folder_again": _archive("./site/"),
    "none": _members(),
    "members": _members(
        **{
            "a": _file("big"),
            "Z/x.txt": {"$asset": {"text": "x"}},
            "inner": _archive("site"),
            "tar": _archive("a.tar"),
            "tgz": _archive("a.tgz"),
            "zip": _archive("a.zip"),
            "jar": _archive("a.jar"),
            "deep": _members(one=_file("empty"), two=_members(three=_archive("site/b"))),
            "ü": _file("empty"),
            "tar/b/deep.txt": {"$asset": {"text": "is there twice"}},
        }
    ),
    "secret": {"$secret": _file("big")},
}


def test_all_kinds_have_the_digests_of_pulumi(folder: Path, pulumi_engine: PulumiEngine) -> None:
    # given
    address = {"$asset": {"uri": (folder / "big").as_uri()}}
    packed = {"$archive": {"uri": (folder / "a.zip").as_uri()}}
    inputs = {**_INPUTS, "address": address, "packed": packed}
    program = Programmed((Declared("a", inputs=inputs),))
    history = History("assets", (Generation(program=program),), folder=str(folder))

    # when
    found, wanted = (
        _inputs_of(result) for result in (play_ours(history), play_theirs(history, pulumi_engine))
    )

    # then
    assert found == wanted
    assert set(found) == set(inputs)


def _inputs_of(result: Result) -> Any:
    (generation,) = result.generations
    return next(one["inputs"] for one in generation.state if one["urn"].endswith("::a"))
