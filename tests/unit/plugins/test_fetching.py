"""Fetching plugins from a real server on loopback, from mirrors, and not at all."""

import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cloudmesh_iac.core.events import Event, Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.plugins.downloading import digest_of
from cloudmesh_iac.plugins.fetching import Fetching, PluginFetcher
from cloudmesh_iac.plugins.finding import Places
from cloudmesh_iac.plugins.lock_file import Locked, LockFile
from cloudmesh_iac.plugins.sources import Platform, Sources, archive_name, platform_of, publishers

LINUX = Platform("linux", "amd64")
TEST = Package("test", "1.2.3")
NAME = archive_name(TEST, LINUX)
FILES = {"pulumi-resource-test": "#!/bin/sh\necho 1\n", "doc/README.md": "about it"}


def an_archive(files: Mapping[str, str] = FILES) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


@dataclass
class Server:
    """Files by name; `cut` sends only so many bytes of what it announces."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    here = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            here.asked.append(name)
            body = here.files.get(name)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write((body or b"")[: here.cut])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: listening.serve_forever(0.02), daemon=True).start()
    here.url = f"http://127.0.0.1:{listening.server_port}/plugins"
    yield here
    listening.shutdown()
    listening.server_close()


@dataclass
class Fetch:
    """A fetcher of its own folder, and what it tells."""

    folder: Path
    mirrors: tuple[str, ...] = ()
    may_download: bool = True
    told: list[Event] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        self.told.append(event)

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    @property
    def lock(self) -> LockFile:
        return LockFile(self.folder / "cmx.lock")

    def of(self, package: Package) -> Path | Failure:
        how = Fetching(self.plugins, LINUX, self.lock, Sources(self.mirrors, self.may_download))
        places = Places(folders=[self.plugins], search_path=[self.folder / "bin"])
        return PluginFetcher(how, places, self).fetch(package)

    def refused(self, package: Package) -> Failure:
        answer = self.of(package)
        assert isinstance(answer, Failure)
        return answer


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    return Fetch(tmp_path)


def at(server: Server, version: str = "1.2.3") -> Package:
    return Package("test", version, server.url)


def test_a_plugin_is_fetched_from_where_its_package_says(fetch: Fetch, server: Server) -> None:
    # given
    server.files[NAME] = an_archive()

    # when
    program = fetch.of(at(server))

    # then
    assert program == fetch.plugins / "resource-test-v1.2.3" / "pulumi-resource-test"
    assert program.stat().st_mode & 0o111
    assert (program.parent / "doc/README.md").read_text() == "about it"
    assert [one.text for one in fetch.told if isinstance(one, Noticed)] == [
        "fetching the plugin test 1.2.3: 0 of 0 MB",
        f"installed the plugin test 1.2.3 into {program.parent}",
    ]


def test_the_first_use_is_written_down_and_the_next_is_held_to_it(
    fetch: Fetch, server: Server, tmp_path: Path
) -> None:
    # given
    server.files[NAME] = an_archive()
    fetch.of(at(server))
    locked = json.loads(fetch.lock.path.read_text())
    entry = locked["plugins"]["test"]["1.2.3"]
    assert (entry["url"], list(entry["sha256"])) == (server.url, ["linux-amd64"])

    # when
    server.files[NAME] = an_archive({"pulumi-resource-test": "#!/bin/sh\nrm -rf /\n"})
    other = Fetch(tmp_path / "other")
    other.folder.mkdir()
    other.lock.path.write_text(fetch.lock.path.read_text())
    failure = other.refused(at(server))

    # then
    assert "is not the one that cmx.lock knows" in failure.message
    assert str(other.lock.path) in failure.hint
    assert not (other.plugins / "resource-test-v1.2.3").exists()


def test_a_download_that_breaks_off_leaves_nothing(fetch: Fetch, server: Server) -> None:
    # given
    server.files[NAME] = an_archive()
    server.cut = 50

    # when
    failure = fetch.refused(at(server))

    # then
    assert "it broke off after 50 of" in failure.message or "IncompleteRead" in failure.message
    assert [path.name for path in fetch.plugins.iterdir()] == [".cmx.lock"]
    assert not fetch.lock.path.exists()


@pytest.mark.parametrize(
    "body",
    [b"not an archive", an_archive()[:60], an_archive()[:40] + b"other" * 20],
    ids=["text", "cut off", "spoiled"],
)
def test_what_is_no_whole_archive_is_refused(fetch: Fetch, server: Server, body: bytes) -> None:
    # given
    server.files[NAME] = body

    # when
    answer = fetch.of(at(server))

    # then
    assert isinstance(answer, Failure)
    assert "the archive cannot be unpacked" in answer.message
    assert not (fetch.plugins / "resource-test-v1.2.3").exists()
    assert not fetch.lock.path.exists()


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside"])
def test_an_archive_that_wants_to_write_elsewhere_is_refused(
    fetch: Fetch, server: Server, name: str
) -> None:
    # given
    server.files[NAME] = an_archive({**FILES, name: "x"})

    # then
    assert "wants to write outside of its folder" in fetch.refused(at(server)).message
    assert not (fetch.plugins / "outside").exists()
    assert not (fetch.plugins / "resource-test-v1.2.3").exists()


def test_an_archive_with_links_is_refused(fetch: Fetch, server: Server) -> None:
    # given
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        link = tarfile.TarInfo("pulumi-resource-test")
        link.type, link.linkname = tarfile.SYMTYPE, "/bin/sh"
        archive.addfile(link)
    server.files[NAME] = content.getvalue()

    # then
    assert "neither file nor folder" in fetch.refused(at(server)).message


def test_an_archive_without_the_program_is_refused_and_not_kept(
    fetch: Fetch, server: Server
) -> None:
    # given
    server.files[NAME] = an_archive({"PulumiPlugin.yaml": "runtime: python"})

    # then
    assert "holds no pulumi-resource-test" in fetch.refused(at(server)).message
    assert not (fetch.plugins / "resource-test-v1.2.3").exists()


def test_a_plugin_that_is_nowhere_is_one_error_with_all_that_was_tried(
    fetch: Fetch, server: Server, tmp_path: Path
) -> None:
    # given
    fetch.mirrors = (str(tmp_path / "mirror"),)

    # when
    failure = fetch.refused(at(server))

    # then
    assert failure.message == (
        f"the plugin test 1.2.3 is not here (looked in {fetch.plugins}, $PATH);"
        f" {tmp_path}/mirror/{NAME}: it is not there; {server.url}/{NAME}: HTTP 404 Not Found"
    )
    assert "`cmx plugin mirror DIR`" in failure.hint


def test_nobody_at_the_other_end_is_an_error(fetch: Fetch) -> None:
    assert (
        "Connection refused"
        in fetch.refused(Package("test", "1.2.3", "http://127.0.0.1:1/plugins")).message
    )


def test_a_mirror_serves_before_the_publisher(fetch: Fetch, server: Server, tmp_path: Path) -> None:
    # given
    (tmp_path / NAME).write_bytes(an_archive())
    fetch.mirrors = (str(tmp_path),)

    # then
    assert isinstance(fetch.of(at(server)), Path)
    assert server.asked == []


def test_a_mirror_may_be_a_server_too(fetch: Fetch, server: Server) -> None:
    # given
    server.files[NAME] = an_archive()
    fetch.mirrors, fetch.may_download = (server.url,), False

    # then
    assert isinstance(fetch.of(TEST), Path)


def test_downloads_that_are_switched_off_are_not_tried(fetch: Fetch, server: Server) -> None:
    # given
    server.files[NAME] = an_archive()
    fetch.may_download = False

    # then
    assert "downloads are switched off" in fetch.refused(at(server)).message
    assert server.asked == []


def test_without_a_version_nothing_is_fetched(fetch: Fetch, server: Server) -> None:
    assert "asks for no version" in fetch.refused(Package("test", "", server.url)).message
    assert server.asked == []


def test_two_runs_at_once_fetch_it_once(fetch: Fetch, server: Server) -> None:
    # given
    server.files[NAME] = an_archive()
    answers: list[Path | Failure] = []

    # when
    threads = [
        threading.Thread(target=lambda: answers.append(fetch.of(at(server)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    # then
    assert len(answers) == 4
    assert len(set(map(str, answers))) == 1
    assert server.asked == [NAME]


@pytest.mark.parametrize(
    "text",
    ["{", '{"version": 1, "plugins": {"a": {"1": {"sha256": {"x": "short"}}}}}', '{"version": 2}'],
)
def test_a_lock_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    # given
    lock = LockFile(tmp_path / "cmx.lock")
    lock.path.write_text(text)

    # then
    with pytest.raises(UsageProblem) as refused:
        lock.digest(TEST, "linux-amd64")
    assert refused.value.hint


def test_a_lock_file_keeps_what_others_wrote(tmp_path: Path) -> None:
    # given
    lock = LockFile(tmp_path / "cmx.lock")
    lock.note(Package("b", "1.0.0"), "linux-amd64", "a" * 64)

    # when
    lock.note(Package("a", "1.0.0"), "linux-arm64", "b" * 64)
    lock.note(Package("b", "1.0.0"), "darwin-arm64", "c" * 64)

    # then
    assert lock.content() == [
        Locked(Package("a", "1.0.0"), {"linux-arm64": "b" * 64}),
        Locked(Package("b", "1.0.0"), {"darwin-arm64": "c" * 64, "linux-amd64": "a" * 64}),
    ]
    assert lock.digest(Package("b", "2.0.0"), "linux-amd64") is None


def test_platforms_have_the_names_of_go() -> None:
    assert str(platform_of("Linux", "x86_64")) == "linux-amd64"
    assert str(platform_of("Darwin", "arm64")) == "darwin-arm64"
    assert str(platform_of("Linux", "riscv64")) == "linux-riscv64"


def test_the_places_of_a_publisher() -> None:
    assert publishers(TEST, LINUX) == (
        f"https://github.com/pulumi/pulumi-test/releases/download/v1.2.3/{NAME}",
        f"https://get.pulumi.com/releases/plugins/{NAME}",
    )
    ours = "github://api.github.com/cloudmesh"
    assert publishers(Package("test", "1.2.3", ours), LINUX) == (
        f"https://github.com/cloudmesh/pulumi-test/releases/download/v1.2.3/{NAME}",
    )
    assert publishers(Package("test", "1.2.3", f"{ours}/things"), LINUX) == (
        f"https://github.com/cloudmesh/things/releases/download/v1.2.3/{NAME}",
    )
    filled = Package("test", "1.2.3", "https://example.org/${NAME}/${VERSION}/${OS}/${ARCH}/")
    assert publishers(filled, LINUX) == (f"https://example.org/test/1.2.3/linux/amd64/{NAME}",)
    with pytest.raises(UsageProblem, match="that kind of place is not known"):
        publishers(Package("test", "1.2.3", "gitlab://gitlab.com/1"), LINUX)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    # given
    (tmp_path / "file").write_bytes(b"abc")

    # then
    assert digest_of(tmp_path / "file").startswith("ba7816bf8f01cfea")
