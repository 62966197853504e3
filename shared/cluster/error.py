"""What can go wrong between us and the API server.

    ClusterError
    ├── NotFound        404: there is no such object
    ├── NoSuchKind      404: the server does not serve such a kind
    ├── Conflict        409: it exists already, has changed since, or another manager owns a field
    ├── Invalid         400, 422: the server does not take the object as it is
    ├── Unauthorized    401: the server does not know us
    ├── Forbidden       403: the server knows us, and we may not
    ├── Gone            410: the resource version is too old to go on from
    ├── Unreachable     no answer, or 429 and 5xx for longer than our patience
    └── AccessError     there is no way to a server as configured (access.py)

Each message says what was asked of which object, and what the server said about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.problem import Problem


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault that the server found: the field, a word for machines, a sentence for people."""

    field: str
    reason: str
    message: str


class ClusterError(Problem):
    """The API server did not do what we asked.

    `status`: the HTTP status, 0 where there was no answer. `reason`: the server's word for it, such
    as `AlreadyExists`. `causes`: the fields that it minds, or that other managers own.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        reason: str = "",
        causes: tuple[Cause, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.causes = causes


class NotFound(ClusterError):
    """There is no such object."""


class NoSuchKind(ClusterError):
    """The server does not serve such a kind, or not in this version."""


class Conflict(ClusterError):
    """The object exists already, has changed since it was read, or a field has another owner."""


class Invalid(ClusterError):
    """The server does not take the object as it is."""


class Unauthorized(ClusterError):
    """The server does not know us."""


class Forbidden(ClusterError):
    """We may not do that."""


class Gone(ClusterError):
    """The resource version is too old to go on from: list again."""


class Unreachable(ClusterError):
    """No answer within our patience. What was asked may have been done all the same."""


KINDS: dict[int, type[ClusterError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: Unreachable,
}


def class_of(status: int) -> type[ClusterError]:
    """The class of error that an HTTP status stands for."""
    return Unreachable if status >= 500 else KINDS.get(status, ClusterError)
