"""What a machine boots: a kernel, a small system around busybox, and the disk that is installed."""

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.cobbler.installing import cache
from tests.rigs.debian import run_to_install
from tests.rigs.starting import CannotStart, locked

_PARTS = Path(__file__).parent / "machine"
_MODULES = (
    "drivers/virtio/virtio",
    "drivers/virtio/virtio_ring",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci",
    "drivers/block/virtio_blk",
    "net/core/failover",
    "drivers/net/net_failover",
    "drivers/net/virtio_net",
)  # some are built into some kernels
_DISK_MB = 64
_FIRST_SECTOR = 2048
_SECTORS = _DISK_MB * 2048 - _FIRST_SECTOR
_DROPBEAR = Path("/usr/sbin/dropbear")
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Images:
    folder: Path

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def kernel_sha256(self) -> str:
        return hashlib.sha256(self.kernel.read_bytes()).hexdigest()

    @property
    def ramdisk(self) -> Path:
        return self.folder / "initrd.img"

    @property
    def disk(self) -> Path:
        return self.folder / "disk.img"


def machine_images() -> Images:
    """Return the images, made now if there are none. Errors: CannotStart."""
    package = _kernel_package()
    written = (Path(__file__), *sorted(_PARTS.iterdir()))
    digest = hashlib.sha256(package.encode() + b"".join(one.read_bytes() for one in written))
    folder = cache() / f"images-{digest.hexdigest()[:12]}"
    with locked(cache() / "images.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _make(Images(folder), package)
            (folder / "complete").touch()
    return Images(folder)


def _kernel_package() -> str:
    """Return the newest kernel that the package lists know; they are fetched where there are none.

    Errors: CannotStart.
    """
    if not (found := _listed_kernel()):
        run_to_install(["apt-get", "-qq", "update"], _ENVIRONMENT)
        found = _listed_kernel()
    if not found:
        raise CannotStart("the package lists know no linux-image-cloud-amd64")
    return found


def _listed_kernel() -> str:
    said = _run(["sh", "-c", "apt-cache depends linux-image-cloud-amd64 || true"])
    lines = (line.partition("Depends:") for line in said.splitlines())
    return next((package.strip() for _, mark, package in lines if mark), "")


def _make(images: Images, package: str) -> None:
    tree = images.folder / "kernel"
    apt = ["sh", "-c", f'cd "$1" && apt-get -qq download {package}', "sh", str(images.folder)]
    run_to_install(apt, _ENVIRONMENT)
    (archive,) = images.folder.glob("*.deb")
    _run(["dpkg", "-x", str(archive), str(tree)])
    archive.unlink()
    (kernel,) = (tree / "boot").glob("vmlinuz-*")
    shutil.copy(kernel, images.kernel)
    (modules,) = (tree / "lib" / "modules").iterdir()
    images.ramdisk.write_bytes(gzip.compress(_archive(_files(modules / "kernel")), mtime=0))
    shutil.rmtree(tree)
    _make_disk(images)


def _files(modules: Path) -> Mapping[str, bytes | None]:
    """Return the small system by path; None is a folder."""
    folders = "bin dev proc sys tmp etc etc/cmx etc/dropbear root root/.ssh modules var var/run"
    files: dict[str, bytes | None] = dict.fromkeys(folders.split())
    files["init"] = (_PARTS / "init").read_bytes()
    files["etc/address"] = (_PARTS / "address").read_bytes()
    files["etc/passwd"] = b"root:x:0:0:root:/root:/bin/sh\n"
    files["etc/shells"] = b"/bin/sh\n"
    files["bin/busybox"] = Path("/bin/busybox").read_bytes()
    for name in _MODULES:
        module = modules / f"{name}.ko"
        if module.exists():
            files[f"modules/{module.name}"] = module.read_bytes()
    if "modules/virtio_net.ko" not in files:
        raise CannotStart(f"{modules} has no module virtio_net.ko")
    files["bin/dropbear"] = _DROPBEAR.read_bytes()
    for library in _libraries(_DROPBEAR):
        for folder in reversed(library.relative_to("/").parents[:-1]):
            files.setdefault(str(folder), None)
        files[str(library.relative_to("/"))] = library.read_bytes()
    return files


def _libraries(program: Path) -> Iterator[Path]:
    for line in _run(["ldd", str(program)]).splitlines():
        path = line.partition("=>")[2] or line
        if path.strip().startswith("/"):
            yield Path(path.split()[0])


def _archive(files: Mapping[str, bytes | None]) -> bytes:
    """Return a cpio archive in the form that the kernel unpacks (`newc`)."""
    parts = []
    entries = [*files.items(), ("TRAILER!!!", b"")]
    for number, (name, content) in enumerate(entries, start=1):
        mode = 0o040755 if content is None else 0o100755
        body = content or b""
        fields = (number, mode, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields)
        parts += [_padded(head + name.encode() + b"\0"), _padded(body)]
    return b"".join(parts)


def _padded(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 4)


def _make_disk(images: Images) -> None:
    """One partition with a boot loader, kernel and small system; room behind it stays free."""
    disk, start = str(images.disk), _FIRST_SECTOR * 512
    with images.disk.open("wb") as file:
        file.truncate(_DISK_MB << 20)
    _run(["sfdisk", "-q", disk], said=f"{_FIRST_SECTOR},,c,*\n")
    place = f"{disk}@@{start}"
    _run(["mformat", "-i", place, "-F", "-T", str(_SECTORS), "::"])
    for source, name in (
        (images.kernel, "vmlinuz"),
        (images.ramdisk, "initrd.img"),
        (_PARTS / "boot.cfg", "syslinux.cfg"),
    ):
        _run(["mcopy", "-i", place, str(source), f"::{name}"])
    _run(["syslinux", "--install", "-t", str(start), disk])
    with images.disk.open("r+b") as file:
        file.write(Path("/usr/lib/syslinux/mbr/mbr.bin").read_bytes()[:440])


def _run(argv: Sequence[str], *, said: str | None = None) -> str:
    """Errors: CannotStart."""
    try:
        done = subprocess.run(
            argv,
            input=said,
            check=True,
            capture_output=True,
            text=True,
            env=_ENVIRONMENT,
            timeout=120,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said_there = getattr(error, "stderr", None) or str(error)
        raise CannotStart(f"{argv[0]}: {said_there.strip()[-300:]}") from error
    return done.stdout
