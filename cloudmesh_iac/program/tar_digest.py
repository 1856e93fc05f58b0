"""The digest of an archive: that of the tar file which Go's writer would make of its members.

Nothing is packed: headers, contents and padding go straight into the hash. The header is a plain
one (ustar) where it has room for the name and the size; else an extended one (PAX) stands before
it. Source: Go's archive/tar, strconv.go and writer.go.
"""

import hashlib
import posixpath
from collections.abc import Iterable

from cloudmesh_iac.program.asset_content import Member, Unreadable, cleaned

_BLOCK = 512
_NAME, _PREFIX = 100, 155  # bytes of a header
_LARGEST = 1 << 33
_PIECE = 1 << 20
_REGULAR, _EXTENDED = b"0", b"x"


def tar_digest(members: Iterable[Member]) -> str:
    """Return the SHA-256, in hex. Of several members of one name the first one counts.

    Errors: Unreadable for a name that a tar file cannot hold, or a file that grew meanwhile.
    """
    digest = hashlib.sha256()
    seen: set[bytes] = set()
    for member in members:
        if member.name in seen:
            continue
        seen.add(member.name)
        if b"\0" in member.name or member.name.endswith(b"/"):
            raise Unreadable(f"{member.name.decode(errors='replace')!r} is no name of a file")
        digest.update(_header(member.name, member.size))
        left = member.size
        while piece := member.stream.read(_PIECE):
            left -= len(piece)
            digest.update(piece)
        if left:
            raise Unreadable(f"{member.name.decode(errors='replace')} changed while it was read")
        digest.update(_padding(member.size))
    digest.update(bytes(2 * _BLOCK))
    return digest.hexdigest()


def _header(name: bytes, size: int) -> bytes:
    prefix, suffix = _split(name)
    if size < _LARGEST and name.isascii() and len(suffix) <= _NAME:
        return _block(suffix, size, prefix=prefix)
    records = b""
    if not name.isascii() or len(name) > _NAME:
        records += _record("path", name)
    if size >= _LARGEST:
        records += _record("size", str(size).encode())
    folder, file = posixpath.split(name)
    extended = cleaned(posixpath.join(folder, b"PaxHeaders.0", file))
    return (
        _extended_block(_ascii(extended)[:_NAME].rstrip(b"/"), len(records))
        + records
        + _padding(len(records))
        + _block(_cut(_ascii(name)), size if size < _LARGEST else 0)
    )


def _split(name: bytes) -> tuple[bytes, bytes]:
    """Part a long name at a slash, if both parts have room; else all of it is the second."""
    if len(name) <= _NAME:
        return b"", name
    at = name.rfind(b"/", 0, _PREFIX + 1)
    suffix = name[at + 1 :]
    return (name[:at], suffix) if at > 0 and 0 < len(suffix) <= _NAME else (b"", name)


def _cut(name: bytes) -> bytes:
    """Return as much of a name as there is room for; it must not look like that of a folder."""
    cut = name[:_NAME]
    if len(name) <= _NAME or not cut.endswith(b"/"):
        return cut
    end = len(cut[:-1].rstrip(b"/"))
    return cut[:end] + b"\0" + cut[end + 1 :]  # of several slashes the last ones stay


def _block(name: bytes, size: int, *, prefix: bytes = b"") -> bytes:
    nobody = _octal(0, 8)
    return _summed(
        name.ljust(_NAME, b"\0") + _octal(0o600, 8) + nobody + nobody + _octal(size, 12),
        _REGULAR,
        owner=bytes(64) + nobody + nobody + prefix.ljust(_PREFIX, b"\0"),
    )


def _extended_block(name: bytes, size: int) -> bytes:
    nobody = _octal(0, 8)
    return _summed(
        name.ljust(_NAME, b"\0") + nobody + nobody + nobody + _octal(size, 12),
        _EXTENDED,
        owner=bytes(64 + 16 + _PREFIX),
    )


def _summed(start: bytes, kind: bytes, *, owner: bytes) -> bytes:
    """Put a header together; the sum is taken with blanks in its own place."""
    before = start + _octal(0, 12)
    after = kind + bytes(_NAME) + b"ustar\x0000" + owner
    total = sum(before) + sum(after) + 8 * ord(" ")
    return (before + _octal(total, 7) + b" " + after).ljust(_BLOCK, b"\0")


def _octal(number: int, room: int) -> bytes:
    return f"{number:0{room - 1}o}".encode() + b"\0"


def _record(key: str, value: bytes) -> bytes:
    """Return a line that begins with its own length."""
    rest = b" " + key.encode() + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return str(length).encode() + rest


def _ascii(name: bytes) -> bytes:
    return bytes(byte for byte in name if byte < 0x80)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
