"""A stand-in for GitHub's API, of one pull request: comments, labels and statuses, nothing else.

Pages of a hundred at most with a Link header, 401 without the token, 403 without the right, 422 for
what is empty, too long or no state, 403 with a count of zero where the limit is used up, 502 at
times.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "ghs_of-this-run"
COMMIT = "9f2c4e7a1b3d5f60718293a4b5c6d7e8f9012345"
_LONGEST_BODY = 65_536
_LONGEST_STATUS = 140
_MOST_ON_A_PAGE = 100


@dataclass
class GithubRules:
    """The comments, and how the service behaves: `answers` are given before it does its work."""

    repository: str = "lab/stacks"
    number: int = 7
    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    may_write: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def add(self, body: str) -> dict[str, Any]:
        number = len(self.comments) + 1
        made = {"id": number, "body": body, "html_url": f"{self.url}/comment/{number}"}
        self.comments.append(made)
        return made


@contextmanager
def github_rules() -> Iterator[GithubRules]:
    """Serve on loopback as long as the block lasts."""
    rules = GithubRules()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, rules, "GET")

        def do_POST(self) -> None:
            _answer(self, rules, "POST")

        def do_PATCH(self) -> None:
            _answer(self, rules, "PATCH")

        def do_DELETE(self) -> None:
            _answer(self, rules, "DELETE")

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    rules.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield rules
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


_Reply = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class _Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    token: str
    body: dict[str, Any]


def _answer(handler: BaseHTTPRequestHandler, rules: GithubRules, method: str) -> None:
    length = int(handler.headers.get("Content-Length") or 0)
    body = json.loads(handler.rfile.read(length) or b"{}")
    where = urlsplit(handler.path)
    token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
    asked = _Asked(method, where.path, parse_qs(where.query), token, body)
    with rules.lock:
        rules.asked.append(f"{method} {handler.path}")
        found = (rule(asked, rules) for rule in _RULES)
        status, headers, reply = next(filter(None, found), (404, {}, {"message": "Not Found"}))
    text = json.dumps(reply).encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(text)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(text)


def _trouble(asked: _Asked, rules: GithubRules) -> _Reply | None:
    if rules.answers:
        status, headers = rules.answers.pop(0)
        return status, headers, {"message": "API rate limit exceeded" if status < 500 else "Oops"}
    return None if asked.token == TOKEN else (401, {}, {"message": "Bad credentials"})


def _listed(asked: _Asked, rules: GithubRules) -> _Reply | None:
    if asked.method == "GET" and asked.path == _all(rules):
        return _page(rules, rules.comments, asked)
    if asked.method == "GET" and asked.path == _labels(rules):
        return _page(rules, [{"name": name} for name in rules.labels], asked)
    return None


def _forbidden(asked: _Asked, rules: GithubRules) -> _Reply | None:
    if not rules.may_write:
        return 403, {}, {"message": "Resource not accessible by integration"}
    refused: _Reply = (422, {}, {"message": "Validation Failed"})
    if "/comments" in asked.path:
        text = asked.body.get("body", "")
        return None if text and len(text) <= _LONGEST_BODY else refused
    return refused if len(asked.body.get("description", "")) > _LONGEST_STATUS else None


def _labelled(asked: _Asked, rules: GithubRules) -> _Reply | None:
    """Labels are put on by a list of names, and taken off by one in the path; 404 for none such."""
    name = unquote(asked.path.removeprefix(f"{_labels(rules)}/"))
    if asked.method == "POST" and asked.path == _labels(rules):
        rules.labels += [one for one in asked.body["labels"] if one not in rules.labels]
        return 200, {}, [{"name": one} for one in rules.labels]
    if asked.method == "DELETE" and name in rules.labels:
        rules.labels.remove(name)
        return 200, {}, [{"name": one} for one in rules.labels]
    return None


def _judged(asked: _Asked, rules: GithubRules) -> _Reply | None:
    of_commit = f"/repos/{rules.repository}/statuses/{COMMIT}"
    if asked.method != "POST" or asked.path != of_commit:
        return None
    if asked.body.get("state") not in {"error", "failure", "pending", "success"}:
        return 422, {}, {"message": "Validation Failed"}
    rules.statuses.append(asked.body)
    return 201, {}, asked.body


def _written(asked: _Asked, rules: GithubRules) -> _Reply | None:
    if asked.method == "POST" and asked.path == _all(rules):
        return 201, {}, rules.add(asked.body["body"])
    for comment in rules.comments:
        one = f"/repos/{rules.repository}/issues/comments/{comment['id']}"
        if asked.method == "PATCH" and asked.path == one:
            comment["body"] = asked.body["body"]
            return 200, {}, comment
    return None


_RULES = (_trouble, _listed, _forbidden, _written, _labelled, _judged)


def _labels(rules: GithubRules) -> str:
    return f"/repos/{rules.repository}/issues/{rules.number}/labels"


def _all(rules: GithubRules) -> str:
    return f"/repos/{rules.repository}/issues/{rules.number}/comments"


def _page(rules: GithubRules, things: list[dict[str, Any]], asked: _Asked) -> _Reply:
    size = min(_MOST_ON_A_PAGE, int(asked.query.get("per_page", ["30"])[0]))
    page = int(asked.query.get("page", ["1"])[0])
    shown = things[(page - 1) * size : page * size]
    headers = {}
    if page * size < len(things):
        following = f"{rules.url}{asked.path}?per_page={size}&page={page + 1}"
        headers["Link"] = f'<{following}>; rel="next", <{rules.url}>; rel="last"'
    return 200, headers, shown
