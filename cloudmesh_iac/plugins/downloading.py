"""Bring an archive to this computer, and know its digest."""

import hashlib
import shutil
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.sources import is_url

_SILENCE_S = 30.0
_PIECE = 1 << 18
_AGENT = {"User-Agent": "cmx"}


def fetch_archive(place: str, target: Path, progress: Callable[[int, int | None], None]) -> None:
    """Copy a file or what a URL gives; `progress` gets the bytes so far and those there will be.

    Errors: CmxError when it is not there, is cut off, or nobody answers.
    """
    if is_url(place):
        _download(place, target, progress)
        return
    try:
        shutil.copyfile(place, target)
    except FileNotFoundError as error:
        raise CmxError("it is not there") from error
    except OSError as error:
        raise CmxError(error.strerror or str(error)) from error


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _download(url: str, target: Path, progress: Callable[[int, int | None], None]) -> None:
    request = Request(url, headers=_AGENT)  # noqa: S310 - only http and https come here
    try:
        with urlopen(request, timeout=_SILENCE_S) as answer, target.open("wb") as out:  # noqa: S310
            length = answer.headers.get("Content-Length")
            size = int(length) if length else None
            got = _copy(answer, out, lambda so_far: progress(so_far, size))
    except HTTPError as error:
        raise CmxError(f"HTTP {error.code} {error.reason}") from error
    except URLError as error:
        raise CmxError(str(error.reason)) from error
    except (HTTPException, OSError) as error:
        raise CmxError(str(error) or type(error).__name__) from error
    if size is not None and got != size:
        raise CmxError(f"it broke off after {got} of {size} bytes")


def _copy(source: IO[bytes], out: IO[bytes], progress: Callable[[int], None]) -> int:
    got = 0
    while piece := source.read(_PIECE):
        out.write(piece)
        got += len(piece)
        progress(got)
    return got
