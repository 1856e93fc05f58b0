"""A real Chromium without a window, driven through chromedriver.

Source: W3C WebDriver. Debian packages: chromium, chromium-driver (400 MB, installed once).
"""

import base64
import json
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.rigs.debian import install_packages
from tests.rigs.starting import CannotStart

_DEBIAN = ("chromium", "chromium-driver")
_DEADLINE_S = 120
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives an element
_STARTED = re.compile(r"successfully on port (\d+)")


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, page: Path) -> None:
        self._ask("POST", "/url", {"url": page.as_uri()})

    def run(self, script: str) -> Any:
        """Return what a function body returns, run in the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        self._ask("POST", f"/element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._ask("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def complaints(self) -> list[str]:
        """Return what the browser itself had to say: errors of scripts, broken policies."""
        found = self._ask("POST", "/se/log", {"type": "browser"})
        return [one["message"] for one in found if one["level"] in {"SEVERE", "WARNING"}]

    def photograph(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def _find(self, selector: str) -> str:
        asked = {"using": "css selector", "value": selector}
        found: str = self._ask("POST", "/element", asked)[_ELEMENT]
        return found

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return _call(method, f"{self._session}{path}", body)


@contextmanager
def a_browser(folder: Path) -> Iterator[Browser]:
    """Start one with a profile below a folder. Errors: CannotStart."""
    install_packages(_DEBIAN)
    driver, program = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or program is None:
        raise CannotStart("there is no chromium (Debian: chromium, chromium-driver)")
    process = subprocess.Popen(
        [driver, f"--port={_free_port()}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield from _window(process, program, folder)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _free_port() -> int:
    """Chromedriver wants one number on both protocols: it does not find one by itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _window(process: "subprocess.Popen[str]", program: str, folder: Path) -> Iterator[Browser]:
    assert process.stdout is not None
    found = (_STARTED.search(line) for line in process.stdout)
    started = next((match for match in found if match), None)
    if started is None:
        raise CannotStart("chromedriver ended before it had a port")
    server = f"http://127.0.0.1:{started[1]}"
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"]
    options = {"binary": program, "args": [*arguments, f"--user-data-dir={folder / 'profile'}"]}
    wanted = {
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
        "timeouts": {"script": _DEADLINE_S * 1000},
    }
    session = _call("POST", f"{server}/session", {"capabilities": {"alwaysMatch": wanted}})
    address = f"{server}/session/{session['sessionId']}"
    try:
        yield Browser(address)
    finally:
        _call("DELETE", address)


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=data)
    try:
        with urllib.request.urlopen(request, timeout=_DEADLINE_S) as answer:
            return json.loads(answer.read())["value"]
    except urllib.error.HTTPError as error:
        with error:
            said = json.loads(error.read())["value"]
        raise AssertionError(f"{said['error']}: {said['message'].splitlines()[0]}") from error
