"""Talk to Cobbler over XML-RPC: the only module that does."""

import threading
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, ProtocolError, ResponseError, SafeTransport, ServerProxy, Transport

from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.cobbler.translate import TOKEN, is_lost_token, words_of
from cloudmesh_iac.settings.sites import Site

_NO_ANSWER = (OSError, HTTPException, ProtocolError, ResponseError, ExpatError)
_LOGIN = "login"


class CobblerClient:
    """One login to one Cobbler, for all threads. `password` is asked when a login needs it.

    Each call has a connection of its own: a restart of Cobbler is noticed by the call that it hits
    and by no later one. A token that Cobbler no longer knows is replaced, once.
    """

    def __init__(
        self, site: Site, url: str, user: str, *, password: Callable[[], str], timeout_s: float
    ) -> None:
        self._site = site
        self._url = url
        self._user = user
        self._password = password
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._token: str | None = None

    def call(self, method: str, *arguments: Any) -> Any:
        """Return what Cobbler answers.

        Errors: SiteRefused with Cobbler's own words; SiteUnreachable when there is no answer, and
        nobody knows what has become of the call.
        """
        needs_token = TOKEN in [one for one in arguments if isinstance(one, str)]
        try:
            return self._ask(method, *self._filled(arguments, needs_token=needs_token))
        except Fault as fault:
            if not (needs_token and is_lost_token(fault.faultString)):
                raise self._refused(method, fault) from fault
        with self._lock:
            self._token = None
        try:
            return self._ask(method, *self._filled(arguments, needs_token=True))
        except Fault as fault:
            raise self._refused(method, fault) from fault

    def _filled(self, arguments: tuple[Any, ...], *, needs_token: bool) -> list[Any]:
        if not needs_token:
            return list(arguments)
        token = self._login()
        return [token if one == TOKEN else one for one in arguments]

    def _login(self) -> str:
        with self._lock:
            if self._token is None:
                try:
                    self._token = str(self._ask(_LOGIN, self._user, self._password()))
                except Fault as fault:
                    raise SiteRefused(
                        f"site {self._site.name}: Cobbler does not let {self._user} in: "
                        f"{words_of(fault.faultString)}",
                        subject=str(self._site.name),
                        place=self._site.origin,
                        hint="see `user` and `secret` of the site",
                    ) from fault
            return self._token

    def _ask(self, method: str, *arguments: Any) -> Any:
        transport = _transport(self._url, self._timeout_s)
        try:
            with ServerProxy(self._url, transport=transport, allow_none=True) as cobbler:
                return getattr(cobbler, method)(*arguments)
        except _NO_ANSWER as error:
            raise SiteUnreachable(
                f"site {self._site.name}: Cobbler at {self._url} does not answer {method}: "
                f"{_reason(error, self._timeout_s)}",
                subject=str(self._site.name),
                place=self._site.origin,
                hint="see that cobblerd runs and that `url` is its XML-RPC; then run it again",
            ) from error

    def _refused(self, method: str, fault: Fault) -> SiteRefused:
        return SiteRefused(
            f"site {self._site.name}: Cobbler refuses {method}: {words_of(fault.faultString)}",
            subject=str(self._site.name),
        )


class _Plain(Transport):
    """A call that has reached Cobbler is not sent again when the connection breaks."""

    request = Transport.single_request

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> Any:
        connection = super().make_connection(host)
        connection.timeout = self._timeout_s
        return connection


class _Tls(_Plain, SafeTransport):
    """The same with TLS."""


def _transport(url: str, timeout_s: float) -> Transport:
    return (_Tls if urlsplit(url).scheme == "https" else _Plain)(timeout_s)


def _reason(error: Exception, timeout_s: float) -> str:
    match error:
        case TimeoutError():
            return f"nothing within {timeout_s:g} s"
        case ProtocolError():
            return f"HTTP {error.errcode} {error.errmsg}"
        case ResponseError() | ExpatError():
            return "its answer is no XML-RPC"
        case OSError():
            return error.strerror or type(error).__name__
        case _:
            return str(error) or type(error).__name__
