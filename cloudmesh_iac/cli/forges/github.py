"""Say on a pull request at GitHub what a plan says: a comment of our own, a label, a status.

Source: REST API of GitHub: issue comments, labels, commit statuses, paging by the Link header, rate
limits (2022-11-28).
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cloudmesh_iac.errors import CmxError, UsageProblem

_VERSION = "2022-11-28"
_ANSWER_S = 30.0
_TRIES = 4
_LONGEST_WAIT_S = 120.0
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_FIRST_WAIT_S = 1.0
_LONGEST_STATUS = 140  # characters
_CUT_STATUS = _LONGEST_STATUS - 3


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for one server: nobody is followed to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Which pull request, and with whose rights; `api` is the address of the service.

    `commit` is the newest one of it, empty where the event does not say.
    """

    api: str
    repository: str
    number: int
    token: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: Any


def pull_request_of(environment: Mapping[str, str]) -> PullRequest | None:
    """Return where a workflow runs; None for a fork, whose token may not write, and without one.

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
    if not token or _is_of_a_fork(told):
        return None
    api = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    return PullRequest(api, repository, number, token, _at(told, "pull_request", "head", "sha"))


def _is_of_a_fork(event: Mapping[str, Any]) -> bool:
    theirs = _at(event, "pull_request", "head", "repo", "full_name")
    return bool(theirs) and theirs != _at(event, "pull_request", "base", "repo", "full_name")


def _at(told: Any, *keys: str) -> str:
    for key in keys:
        told = told.get(key) if isinstance(told, Mapping) else None
    return told if isinstance(told, str) else ""


class GitHub:
    """What we say on one pull request; `wait` sleeps for so many seconds."""

    def __init__(self, request: PullRequest, *, wait: Callable[[float], object]) -> None:
        self._request = request
        self._wait = wait

    def put_comment(self, marker: str, text: str) -> str:
        """Create our comment, or edit the one that is there; return its address.

        Errors: CmxError with what the service says and what to do.
        """
        comments = self._all(f"{self._issue}/comments")
        found = next((one for one in comments if _starts(one, marker)), None)
        if found is None:
            made = self._call("POST", f"{self._issue}/comments", {"body": text})
        else:
            where = f"{self._root}/issues/comments/{found['id']}"
            made = self._call("PATCH", where, {"body": text})
        return str(made.body.get("html_url", ""))

    def put_label(self, wanted: str, ours: Collection[str]) -> None:
        """Put one of our labels on, and take our others off; those of people stay.

        Errors: as above.
        """
        there = {str(one.get("name")) for one in self._all(f"{self._issue}/labels")}
        for name in sorted(there & {*ours} - {wanted}):
            self._call("DELETE", f"{self._issue}/labels/{quote(name, safe='')}")
        if wanted not in there:
            self._call("POST", f"{self._issue}/labels", {"labels": [wanted]})

    def put_status(self, context: str, *, is_good: bool, words: str, page: str) -> None:
        """Say on the newest commit how the preview ended; `page` is where to read more.

        Errors: as above; UsageProblem where the event names no commit.
        """
        if not self._request.commit:
            raise UsageProblem(
                "the event names no commit to put a status on", hint="run it `on: pull_request`"
            )
        said = {
            "state": "success" if is_good else "failure",
            "context": context,
            "description": words if len(words) <= _LONGEST_STATUS else f"{words[:_CUT_STATUS]}...",
        }
        target = {"target_url": page} if page else {}
        self._call("POST", f"{self._root}/statuses/{self._request.commit}", {**said, **target})

    @property
    def _root(self) -> str:
        return f"{self._request.api}/repos/{self._request.repository}"

    @property
    def _issue(self) -> str:
        return f"{self._root}/issues/{self._request.number}"

    def _all(self, url: str) -> Iterator[Mapping[str, Any]]:
        url = f"{url}?per_page=100"
        while url:
            reply = self._call("GET", url)
            yield from reply.body
            following = _NEXT.search(reply.headers.get("link", ""))
            url = following[1] if following else ""

    def _call(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> _Reply:
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

    def _asked(self, method: str, url: str, body: Mapping[str, Any] | None) -> _Reply:
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
        except (OSError, HTTPException) as error:
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
        403: "the workflow needs `permissions: pull-requests: write`, and `statuses: write` for"
        " --status; for a fork, print the plan with `cmx preview --markdown` instead",
        404: "is the pull request still there, and may the token see the repository?",
        422: "what was sent was not accepted as it is",
        429: "its limit of requests is used up; run the workflow again later",
    }
    return CmxError(
        f"GitHub refused with {reply.status}: {said or 'no reason given'}",
        subject=f"{request.repository}#{request.number}",
        hint=hints.get(reply.status, "run the workflow again"),
    )
