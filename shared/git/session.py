"""A conversation with one remote: what it has, and fetching from it. Blocking: for a thread.

All that dulwich, urllib3 and paramiko raise becomes a GitError here, and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import paramiko
import urllib3.exceptions
from dulwich.client import FetchPackResult, GitClient
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.objects import ObjectID
from dulwich.refs import Ref

from shared.git.credential import Credential
from shared.git.deadline import Deadline, Limits
from shared.git.error import GitError
from shared.git.greeting import Greetings
from shared.git.location import Location
from shared.git.revision import Refs
from shared.git.smart_http import SmartHttpClient
from shared.git.ssh import Algorithms, Dialler, client_of

# What goes wrong is said once, as a GitError, and not in each library's own way besides.
for _library in ("dulwich", "paramiko", "urllib3"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

LONGEST_COMPLAINT = 500
# What Git itself sends to ask for all of a history.
WHOLE_HISTORY = 0x7FFFFFFF

# Besides their own errors: what dulwich's parsers stumble over where a remote sends nonsense.
_FAULTS = (
    GitProtocolError,
    NotGitRepository,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    paramiko.SSHException,
    urllib3.exceptions.HTTPError,
)


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a fetch: where history now ends, and where it no longer does."""

    shallow: set[ObjectID]
    unshallow: set[ObjectID]


class Haves:
    """Tells the remote what we have; dulwich's name for it is a graph walker."""

    def __init__(self, commits: list[ObjectID], shallow: set[ObjectID]) -> None:
        self._ahead = iter(commits)
        self.shallow = shallow

    def __next__(self) -> ObjectID | None:
        return next(self._ahead, None)

    next = __next__

    def ack(self, sha: ObjectID) -> None:
        """The remote has it too."""

    def nak(self) -> None:
        """The remote has none of them."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How all remotes are spoken to: with which algorithms over SSH, and with what we remember of
    them over HTTP."""

    algorithms: Algorithms
    greetings: Greetings


class Session:
    """Asks one repository."""

    def __init__(
        self,
        location: Location,
        credential: Credential,
        deadline: Deadline,
        limits: Limits,
        manners: Manners,
    ) -> None:
        self._location = location
        self._credential = credential
        most = limits.received
        self._client: GitClient
        self._path = b"/"
        self._dialler = Dialler(credential, manners.algorithms, deadline, most)
        if location.scheme == "ssh":
            self._client, self._path = client_of(location, credential, self._dialler)
        else:
            self._client = SmartHttpClient(location, credential, deadline, most, manners.greetings)

    @property
    def is_modern(self) -> bool:
        """Whether the remote spoke version 2 of the protocol: it gives any commit that it has."""
        return self._client.protocol_version == 2

    @property
    def was_asked(self) -> bool:
        """Whether it came so far that the remote was asked for references."""
        if isinstance(self._client, SmartHttpClient):
            return self._client.was_asked
        return self._dialler.line is not None

    def references(self) -> Refs:
        """All that the remote has."""
        with self._translated():
            found = self._surely(lambda: self._client.get_refs(self._path))
            return _text(found.refs)

    def fetch(
        self,
        pick: Callable[[Refs], list[str]],
        into: Callable[[bytes], int],
        haves: Haves,
        *,
        prefixes: tuple[str, ...],
        depth: int | None = 1,
    ) -> Received:
        """Ask for references, let `pick` say what is missing, and write the pack with it to `into`.
        Where nothing is missing, nothing more is asked for."""

        def wanted(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:
            return [ObjectID(name.encode()) for name in pick(_text(refs))]

        with self._translated():
            result: FetchPackResult = self._surely(
                lambda: self._client.fetch_pack(
                    self._path,
                    wanted,
                    haves,
                    into,
                    depth=depth,
                    ref_prefix=[prefix.encode() for prefix in prefixes],
                )
            )
        return Received(result.new_shallow or set(), result.new_unshallow or set())

    def _surely(self, ask: Callable[[], Result]) -> Result:
        """What comes of a question; where we only thought to know whom we ask, of the second."""
        try:
            return ask()
        except (GitError, *_FAULTS):
            if not (isinstance(self._client, SmartHttpClient) and self._client.doubts()):
                raise
        return ask()

    def close(self) -> None:
        """Hang up."""
        if self._dialler.line:
            self._dialler.line.close()
        self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except GitError as problem:
            raise type(problem)(self._told(str(problem))) from None
        except HangupException as fault:
            said = b" ".join(fault.stderr_lines or [self._complaint()]).decode(errors="replace")
            raise GitError(self._told(said or "the remote hung up")) from None
        except _FAULTS as fault:
            raise GitError(self._told(_sentence(fault))) from None

    def _complaint(self) -> bytes:
        """What the other end of a line said before it hung up."""
        return b" ".join(self._dialler.line.readlines()) if self._dialler.line else b""

    def _told(self, text: str) -> str:
        """What may be passed on of what a remote or a library says."""
        text = self._credential.mask(self._location_masked(text))
        plain = "".join(c if c.isprintable() else " " for c in text)
        return " ".join(plain.split())[:LONGEST_COMPLAINT]

    def _location_masked(self, text: str) -> str:
        secret = self._location.password.reveal()
        return text.replace(secret, "***") if secret else text


def _text(refs: Mapping[Ref, ObjectID | None]) -> Refs:
    if any(target is not None and len(target) != 40 for target in refs.values()):
        raise GitError("the repository names its objects by SHA-256, which is not supported")
    return {
        name.decode(errors="replace"): target.decode()
        for name, target in refs.items()
        if target is not None
    }


def _sentence(fault: BaseException) -> str:
    match fault:
        case urllib3.exceptions.SSLError():
            return f"TLS: {fault}"
        case urllib3.exceptions.NewConnectionError():
            # Before the colon is an object of the library.
            return str(fault).partition(": ")[2]
        case urllib3.exceptions.TimeoutError() | TimeoutError():
            return "timed out"
        case urllib3.exceptions.ProtocolError():
            return "the remote closed the connection"
        case NotGitRepository():
            return "repository not found"
        case _:
            return str(fault) or type(fault).__name__
