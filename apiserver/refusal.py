"""Why a request is refused, in the words of the real server: clients parse and print them.

One class, `Refusal`, and a function for each case that the API has a reason for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apiserver.resource import Resource
from apiserver.value import Object, encode


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing wrong with an object: the field, a reason for machines, a sentence for people."""

    field: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"

    def as_object(self) -> Object:
        """As in `details.causes` of a Status."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


class Refusal(Exception):
    """A request that fails: the HTTP code, the Status object that tells why, and the warnings."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details
        self.warnings: list[str] = []

    def status(self) -> Object:
        """The answer's body: a Status of `v1`."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


def subject(resource: Resource, name: str, *, kind: str = "") -> Object:
    """Who a Status is about: `details` with name, group and kind (by default the plural)."""
    details: Object = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = kind or resource.plural
    return details


def not_found(resource: Resource, name: str) -> Refusal:
    """404: there is no such object."""
    message = f'{resource.qualified} "{name}" not found'
    return Refusal(404, "NotFound", message, subject(resource, name))


def already_exists(resource: Resource, name: str, *, is_terminating: bool = False) -> Refusal:
    """409: a create of what is there, or still there."""
    message = f'{resource.qualified} "{name}" already exists'
    if is_terminating:
        message = f"object is being deleted: {message}"
    return Refusal(409, "AlreadyExists", message, subject(resource, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def conflict(resource: Resource, name: str, why: str = MODIFIED) -> Refusal:
    """409: written on top of a state that is no longer there, or a precondition that failed."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return Refusal(409, "Conflict", message, subject(resource, name))


def invalid(resource: Resource, name: str, causes: Iterable[Cause]) -> Refusal:
    """422: the object breaks rules of its kind."""
    found = list(causes)
    told = str(found[0]) if len(found) == 1 else "[" + ", ".join(map(str, found)) + "]"
    details = subject(resource, name, kind=resource.kind)
    details["causes"] = [cause.as_object() for cause in found]
    return Refusal(
        422, "Invalid", f'{resource.qualified_kind} "{name}" is invalid: {told}', details
    )


def invalid_update(resource: Resource, name: str, cause: Cause) -> Refusal:
    """422: an update that may not be carried out; told of the plural, unlike other faults."""
    details = subject(resource, name)
    details["causes"] = [cause.as_object()]
    return Refusal(422, "Invalid", f'{resource.qualified} "{name}" is invalid: {cause}', details)


def forbidden(resource: Resource, name: str, why: str, causes: Iterable[Cause] = ()) -> Refusal:
    """403: something of the cluster's state forbids it."""
    details = subject(resource, name)
    if found := [cause.as_object() for cause in causes]:
        details["causes"] = found
    return Refusal(403, "Forbidden", f'{resource.qualified} "{name}" is forbidden: {why}', details)


def bad_request(message: str) -> Refusal:
    """400: the request itself makes no sense."""
    return Refusal(400, "BadRequest", message)


def expired(message: str) -> Refusal:
    """410: a resource version or continue token of too long ago."""
    return Refusal(410, "Expired", message)


def too_large_version(wanted: int, current: int) -> Refusal:
    """504: a resource version that this server has not reached (yet)."""
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details: Object = {"causes": [cause], "retryAfterSeconds": 1}
    return Refusal(504, "Timeout", message, details)


def internal_error() -> Refusal:
    """500: a mistake of the server's own; what it was is in its log."""
    message = "This request made the API server fail. Its log says how."
    return Refusal(500, "InternalError", message)


def no_such_resource() -> Refusal:
    """404: a resource, or a part of one, that is not served."""
    return Refusal(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> Refusal:
    """405: the resource has no such verb."""
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, {})


def unsupported_media(allowed: Iterable[str]) -> Refusal:
    """415: a body in a form that is not read here."""
    accepted = ", ".join(allowed)
    message = (
        "the body of the request was in an unknown format - "
        f"accepted media types include: {accepted}"
    )
    return Refusal(415, "UnsupportedMediaType", message)


def not_acceptable(allowed: Iterable[str]) -> Refusal:
    """406: an answer in a form that is not written here."""
    accepted = ", ".join(allowed)
    message = f"406: Not Acceptable\n\nAvailable representations: {accepted}"
    return Refusal(406, "NotAcceptable", message, {})


def invalid_options(kind: str, cause: Cause) -> Refusal:
    """422: an option of the query or the body that makes no sense; `kind` is CreateOptions, ..."""
    details: Object = {"group": "meta.k8s.io", "kind": kind, "causes": [cause.as_object()]}
    return Refusal(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {cause}', details)


def failed_precondition(resource: Resource, name: str, why: str) -> Refusal:
    """409: a delete of another object or state than the one that is there."""
    message = f'Operation cannot be fulfilled on {resource.qualified_kind} "{name}": {why}'
    return Refusal(409, "Conflict", message, subject(resource, name, kind=resource.kind))


def too_large_body(limit: int) -> Refusal:
    """413: a body of more than `limit` bytes."""
    message = f"Request entity too large: limit is {limit}"
    return Refusal(413, "RequestEntityTooLarge", message)


def unreadable_patch(patched: str, why: str) -> Refusal:
    """422: what a patch makes of an object is no object of its kind; told of nothing by name."""
    told = Cause("patch", "FieldValueInvalid", f"Invalid value: {encode(patched).decode()}: {why}")
    return Refusal(422, "Invalid", f' "" is invalid: {told}', {"causes": [told.as_object()]})


def rejected_patch() -> Refusal:
    """422: a JSON patch that cannot be carried out, such as a failed test. The real server does not
    say why either."""
    message = "the server rejected our request due to an error in our request"
    return Refusal(422, "Invalid", message, {})
