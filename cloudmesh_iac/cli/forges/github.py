"""Keep one comment of our own on a pull request at GitHub.

Source: REST API of GitHub, issue comments, paging by the Link header, rate limits (2022-11-28).
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudmesh_iac.errors import CmxError, UsageProblem

_VERSION = "2022-11-28"
_ANSWER_S = 30.0
_TRIES = 4
_LONGEST_WAIT_S = 120.0
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_FIRST_WAIT_S = 1.0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for one server: nobody is followed to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Which pull request, and with whose rights; `api` is the address of the service."""

    api: str
    repository: str
    number: int
    token: str


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: Any


def pull_request_of(environment: Mapping[str, str]) -> PullRequest | None:
    """Return where a workflow runs; None without a token, as for a fork.

    Errors: UsageProblem outside a workflow of a pull request.
    """
    event, repository = (
        environment.get(name, "") for name in ("GITHUB_EVENT_PATH", "GITHUB_REPOSITORY")
    )
    if not event or not repository:
        raise UsageProblem(
            "this is no workflow of a pull request: without GITHUB_EVENT_PATH, GITHUB_REPOSITORY",
            hint="`cmx preview --markdown` prints the same anywhere",
        )
    try:
        told = json.loads(Path(event).read_text(encoding="utf-8"))
        number = int(told.get("number") or told["issue"]["number"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageProblem(
            f"{event} says nothing of a pull request", hint="run it `on: pull_request`"
        ) from error
    token = environment.get("GITHUB_TOKEN", "")
    api = environment.get("GITHUB_API_URL", "https://api.github.com")
    return PullRequest(api.rstrip("/"), repository, number, token) if token else None


class Comments:
    """The comments of one pull request; `wait` sleeps for so many seconds."""

    def __init__(self, request: PullRequest, *, wait: Callable[[float], object]) -> None:
        self._request = request
        self._wait = wait

    def put(self, marker: str, text: str) -> str:
        """Create our comment, or edit the one that is there; return its address.

        Errors: CmxError with what the service says and what to do.
        """
        found = next((one for one in self._all() if _starts(one, marker)), None)
        root = f"{self._request.api}/repos/{self._request.repository}/issues"
        if found is None:
            where = f"{root}/{self._request.number}/comments"
            made = self._call("POST", where, {"body": text})
        else:
            made = self._call("PATCH", f"{root}/comments/{found['id']}", {"body": text})
        return str(made.body.get("html_url", ""))

    def _all(self) -> Iterator[Mapping[str, Any]]:
        one = self._request
        url = f"{one.api}/repos/{one.repository}/issues/{one.number}/comments?per_page=100"
        while url:
            reply = self._call("GET", url)
            yield from reply.body
            following = _NEXT.search(reply.headers.get("link", ""))
            url = following[1] if following else ""

    def _call(self, method: str, url: str, body: Mapping[str, str] | None = None) -> _Reply:
        """Ask, and again where the service wants us to wait or fails by itself."""
        pause_s = _FIRST_WAIT_S
        for attempt in range(_TRIES):
            reply = self._asked(method, url, body)
            if reply.status < 300:
                return reply
            wait_s = _told_to_wait(reply, pause_s)
            if wait_s is None or wait_s > _LONGEST_WAIT_S or attempt == _TRIES - 1:
                raise _refused(reply, self._request)
            self._wait(wait_s)
            pause_s *= 2
        raise AssertionError("unreachable")

    def _asked(self, method: str, url: str, body: Mapping[str, str] | None) -> _Reply:
        if not url.startswith(f"{self._request.api}/"):
            raise CmxError(f"GitHub names an address of another server: {url}")
        request = urllib.request.Request(  # noqa: S310 - the service's own address, checked above
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._request.token}",
                "Content-Type": "application/json",
                "User-Agent": "cmx",
                "X-GitHub-Api-Version": _VERSION,
            },
        )
        try:
            with _OPENER.open(request, timeout=_ANSWER_S) as answer:
                return _reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return _reply(error.code, error.headers, error.read())
        except OSError as error:
            raise CmxError(
                f"GitHub does not answer at {self._request.api}: {error}",
                hint="the plan stands above; run the workflow again",
            ) from error


def _reply(status: int, headers: Any, body: bytes) -> _Reply:
    try:
        read = json.loads(body) if body else {}
    except ValueError:
        read = {"message": body[:200].decode("utf-8", "replace")}
    return _Reply(status, {key.lower(): value for key, value in headers.items()}, read)


def _starts(comment: Mapping[str, Any], marker: str) -> bool:
    return str(comment.get("body") or "").lstrip().startswith(marker)


def _told_to_wait(reply: _Reply, pause_s: float) -> float | None:
    """Return how long to wait before the next try; None where that is no use."""
    after = reply.headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    is_used_up = reply.headers.get("x-ratelimit-remaining") == "0"
    if reply.status == 429 or (reply.status == 403 and is_used_up):
        return pause_s if not is_used_up else _LONGEST_WAIT_S + 1
    return pause_s if reply.status >= 500 else None


def _refused(reply: _Reply, request: PullRequest) -> CmxError:
    said = reply.body.get("message", "") if isinstance(reply.body, Mapping) else ""
    hints = {
        401: "the token is not valid any more",
        403: "the workflow needs `permissions: pull-requests: write`; for a fork, print the"
        " plan with `cmx preview --markdown` instead",
        404: "is the pull request still there, and may the token see the repository?",
        422: "the comment was not accepted as it is",
        429: "its limit of requests is used up; run the workflow again later",
    }
    return CmxError(
        f"GitHub refused with {reply.status}: {said or 'no reason given'}",
        subject=f"{request.repository}#{request.number}",
        hint=hints.get(reply.status, "run the workflow again"),
    )
