"""One request to the API server, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.manifest.identity import Kind

Verb = Literal["get", "list", "watch", "create", "apply", "patch", "delete"]

METHODS: Mapping[Verb, str] = {
    "get": "GET",
    "list": "GET",
    "watch": "GET",
    "create": "POST",
    "apply": "PATCH",
    "patch": "PATCH",
    "delete": "DELETE",
}
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `about`: what errors call the object; `resource`: the plural, for counting.

    `idempotent`: whether asking twice is the same as asking once. `urgent`: goes ahead of all
    others and is tried once (a Lease).
    """

    verb: Verb
    path: str
    about: str
    kind: Kind | None = None
    resource: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = JSON
    accept: str = JSON
    user: str = ""
    idempotent: bool = True
    urgent: bool = False

    @property
    def doing(self) -> str:
        """`get Deployment/apps/web`."""
        return f"{self.verb} {self.about}"

    @property
    def secret(self) -> bool:
        """Whether an answer may quote values of a Secret."""
        return self.kind is not None and (self.kind.group, self.kind.kind) == ("", "Secret")

    def headers(self) -> dict[str, str]:
        """The headers that say what is asked and in whose name."""
        found = {"Accept": self.accept}
        if self.body is not None:
            found["Content-Type"] = self.content_type
        if self.user:
            found["Impersonate-User"] = self.user
        return found
