"""Git's smart HTTP protocol, on a connection that we keep a hand on.

Redirects are followed for the first question only, a few of them, never from https to http, never
from a public to a private address; and what we sign in with stays with the host it was meant for
(reliability-security.md G-03). Cookies and content encodings are not spoken.
"""

from __future__ import annotations

import io
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from urllib.parse import urljoin, urlsplit

import urllib3
from dulwich.client import AbstractHttpGitClient

from shared.git.credential import Credential, Proxy
from shared.git.deadline import MIB, Deadline, Intake
from shared.git.error import GitError
from shared.git.greeting import LONGEST, Greetings
from shared.git.location import PORTS, Location, parse, redact
from shared.git.redirect import followed
from shared.git.socks_pool import through_socks
from shared.git.tls import context_of
from shared.git.tunnel import SOCKS

DISCOVERY = "info/refs?service=git-upload-pack"
MOST_REDIRECTS = 5
LONGEST_COMPLAINT = 500
LONGEST_LISTING = 64 * MIB
"""Bytes of references, which are held in memory: about a million."""
AGENT = "git/2.45 penstock"

Origin = tuple[str, str, int]


class Answer:
    """What dulwich wants to know of a response."""

    def __init__(self, response: urllib3.BaseHTTPResponse, redirected_to: str) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("Content-Type")
        self.redirect_location = redirected_to
        self.close = response.close
        self.read = response.read
        self.geturl = response.geturl


class SmartHttpClient(AbstractHttpGitClient):
    """Talks to one repository, for one look at it."""

    def __init__(
        self,
        location: Location,
        credential: Credential,
        deadline: Deadline,
        most: int,
        greetings: Greetings,
    ) -> None:
        super().__init__(location.url, quiet=True)
        self._greetings = greetings
        self._is_recalled = False
        self._heard: list[urllib3.BaseHTTPResponse] = []
        self._credential = credential
        self._deadline = deadline
        self._most = most
        self._home = _origin(location)
        self._known = {self._home}
        self._way = (location, credential)
        self.received = 0
        self.was_asked = False

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        """The connections. Many a client asks nothing: certificates are read by those that do."""
        return _pool(*self._way)

    def _get_url(self, path: str | bytes) -> str:
        """The repository's own URL, whatever the path: there is one repository a client."""
        return self._base_url

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,
    ) -> tuple[Answer, Callable[[int], bytes]]:
        """One question, redirected or not. Raises GitError."""
        if _origin(parse(_bare(url))) not in self._known:
            raise GitError(f"the remote wants something fetched from elsewhere: {_bare(url)}")
        if data is None and (greeting := self._greetings.recall(self._way)):
            self._is_recalled = True
            return _recalled(greeting)
        self.was_asked = data is not None
        reached, response = self._follow(url, headers or {}, data)
        self._heard.append(response)
        if response.status != 200:
            response.close()
            raise GitError(_refusal(response.status, reached))
        answer = Answer(response, reached if reached != url else "")
        kind = answer.content_type or ""
        if not kind.startswith("application/x-git-upload-pack-"):
            response.close()
            raise GitError(f"{_bare(reached)} does not answer as a Git server, but with '{kind}'")
        most = min(self._most - self.received, LONGEST_LISTING if _is_listing(data) else self._most)
        intake = Intake(_reader(response), self._deadline, most)
        _refuse_complaint(intake)
        if data is None and reached == url:
            self._greetings.keep(self._way, intake.peek(LONGEST))
        self._is_recalled = False
        return answer, self._counted(intake)

    def doubts(self) -> bool:
        """Something went wrong: whether that may be as the remote is not what it was, and it has to
        be asked anew what it can do."""
        was_recalled, self._is_recalled = self._is_recalled, False
        self._greetings.forget(self._way)
        return was_recalled

    def _counted(self, intake: Intake) -> Callable[[int], bytes]:
        def read(size: int) -> bytes:
            before = intake.received
            taken = intake.read(size)
            self.received += intake.received - before
            return taken

        return read

    def _follow(
        self, url: str, headers: dict[str, str], data: bytes | Iterator[bytes] | None
    ) -> tuple[str, urllib3.BaseHTTPResponse]:
        """Ask, and ask on where we are sent to; where we ended up, and the response."""
        for _ in range(MOST_REDIRECTS + 1):
            response = self._ask(url, headers, data)
            if not response.get_redirect_location():
                return url, response
            sent_to = urljoin(url, response.headers["Location"])
            response.close()
            if data is not None:
                raise GitError("the remote redirects in the middle of a conversation")
            url = self._checked(url, sent_to)
        raise GitError(f"the remote redirects more than {MOST_REDIRECTS} times")

    def _checked(self, url: str, sent_to: str) -> str:
        """Where a redirect leads to, if it may be followed."""
        if not sent_to.endswith(DISCOVERY):
            raise GitError(f"the remote redirects to {redact(sent_to)}, which is no repository")
        there = followed(parse(_bare(url)), _bare(sent_to))
        self._known.add(_origin(there))
        return there.url + "/" + DISCOVERY

    def _ask(
        self, url: str, headers: dict[str, str], data: bytes | Iterator[bytes] | None
    ) -> urllib3.BaseHTTPResponse:
        sent = {**headers, "User-Agent": AGENT, "Accept-Encoding": "identity"}
        if _origin(parse(_bare(url))) == self._home:
            sent |= authorization(self._credential)
        left = self._deadline.left()
        return self._pool.request(
            "GET" if data is None else "POST",
            url,
            body=data,
            headers=sent,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=min(left, 30), read=left),
        )

    def close(self) -> None:
        """Hang up, also on those that were not heard to the end."""
        for response in self._heard:
            response.close()
        if "_pool" in vars(self):
            self._pool.clear()


def _recalled(greeting: bytes) -> tuple[Answer, Callable[[int], bytes]]:
    """An answer that was given before."""
    kind = {"Content-Type": "application/x-git-upload-pack-advertisement"}
    response = urllib3.HTTPResponse(
        io.BytesIO(greeting), headers=kind, status=200, preload_content=False
    )
    return Answer(response, ""), response.read


def authorization(credential: Credential) -> dict[str, str]:
    """The header that signs us in; a bearer token beats a password. Empty for nobody."""
    if credential.bearer:
        return {"Authorization": f"Bearer {credential.bearer.reveal()}"}
    if credential.username:
        pair = f"{credential.username}:{credential.password.reveal()}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}
    return {}


def _pool(location: Location, credential: Credential) -> urllib3.PoolManager:
    """Connections, through the proxy of the credential, or else through that which the environment
    names, as Flux does it."""
    context = context_of(credential) if location.scheme == "https" or credential.authority else None
    if credential.proxy:
        return _through(credential.proxy, context)
    proxy = urllib.request.getproxies_environment().get(location.scheme)
    if not proxy or urllib.request.proxy_bypass(location.host):
        return urllib3.PoolManager(num_pools=2, ssl_context=context)
    parts = urlsplit(proxy)
    headers = urllib3.make_headers(
        proxy_basic_auth=f"{parts.username}:{parts.password or ''}" if parts.username else None
    )
    return urllib3.ProxyManager(proxy, num_pools=2, ssl_context=context, proxy_headers=headers)


def _through(proxy: Proxy, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    if proxy.address.startswith(f"{SOCKS}:"):
        return through_socks(proxy, context)
    pair = f"{proxy.username}:{proxy.password.reveal()}"
    headers = urllib3.make_headers(proxy_basic_auth=pair if proxy.username else None)
    return urllib3.ProxyManager(
        proxy.address, num_pools=2, ssl_context=context, proxy_headers=headers
    )


def _reader(response: urllib3.BaseHTTPResponse) -> Callable[[int, float], bytes]:
    def some(size: int, left: float) -> bytes:
        connection = getattr(response, "connection", None)
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(left)
        return response.read1(size, decode_content=False)

    return some


def _is_listing(data: bytes | Iterator[bytes] | None) -> bool:
    """Whether what is asked for are references."""
    return data is None or (isinstance(data, bytes) and b"command=ls-refs" in data[:32])


def _refuse_complaint(intake: Intake) -> None:
    """Raises GitError where the answer starts with an error: dulwich would pass over it."""
    start = intake.peek(8)
    if start.endswith(b"ERR "):
        raise GitError(intake.read(LONGEST_COMPLAINT)[8:].decode(errors="replace"))


def _refusal(status: int, url: str) -> str:
    match status:
        case 401:
            return "authentication required"
        case 403:
            return "authorization failed"
        case 404 | 410:
            return "repository not found"
        case _:
            return f"unexpected answer {status} from {_bare(url)}"


def _origin(location: Location) -> Origin:
    return location.scheme, location.host, location.port or PORTS[location.scheme]


def _bare(url: str) -> str:
    """The URL of the repository behind a URL of the protocol."""
    return url.removesuffix(DISCOVERY).removesuffix("git-upload-pack").rstrip("/")
