"""Cobbler's web side without Apache, on loopback.

Usage: python front.py PORT WWW PACKAGES
  /cblr/svc/  the application that comes with Cobbler in the folder PACKAGES: answers and callbacks
  /cobbler/   the files below WWW
"""

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote
from wsgiref.simple_server import WSGIServer, make_server

_SERVICE = "/cblr/svc/"
_FILES = "/cobbler/"
_PIECE = 1 << 20


class Front:
    def __init__(self, www: Path, packages: Path) -> None:
        self._www = www
        file = packages / "var" / "www" / "cobbler" / "svc" / "services.py"
        spec = importlib.util.spec_from_file_location("cobbler_services", file)
        assert spec is not None
        assert spec.loader is not None
        self._services: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._services)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(_SERVICE):
            # It takes the address apart by itself.
            environ["REQUEST_URI"] = quote(path)
            answer: list[bytes] = self._services.application(environ, start_response)
            return answer
        # Cobbler links kernels into its folder: a link may lead out of it, the address may not.
        file = self._www / path.removeprefix(_FILES)
        if path.startswith(_FILES) and ".." not in file.parts and file.is_file():
            size = str(file.stat().st_size)
            start_response("200 OK", [("Content-Length", size)])
            return _pieces(file)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"there is no such file\n"]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


if __name__ == "__main__":
    port, www, packages = sys.argv[1:]
    front = Front(Path(www), Path(packages))
    make_server("127.0.0.1", int(port), front, Server).serve_forever()
