"""What the API server said, in words that may be shown. Pure.

The server quotes what it was sent. For a Secret that would put its values into conditions, events
and logs, so of an answer about one only what cannot hold a value is kept: names of fields, reasons,
the name of the admission webhook that refused.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import cast

import orjson

from shared.cluster.error import Cause, ClusterError, NoSuchKind, Unreachable, class_of
from shared.cluster.request import Request
from shared.manifest.identity import Manifest, section, text

LONGEST = 4096
"""A message is cut there: the server quotes whole objects at times."""

WITHHELD = "(what it holds is not shown)"
_MISFIT = "failed to create typed patch object"
# Kubernetes builds the messages of these two without the value of the field.
_VALUELESS = {"FieldValueForbidden", "FieldValueRequired"}
# Reasons whose messages name objects, users and fields only.
_HARMLESS = {"NotFound", "AlreadyExists", "Conflict", "Unauthorized", "Expired", "Gone", "Timeout",
    "TooManyRequests", "ServiceUnavailable"}  # fmt: skip
_REFUSAL = re.compile(r'admission webhook "[^"]+" denied the request')
_RIGHTS = re.compile(r'User "[^"]*" cannot [a-z]+ resource "[^"]*".*', re.DOTALL)
_FIELD = re.compile(r'(?<![\w.])\.(?:data|stringData|metadata|type|immutable)[\w.\-/\[\]"=]*')


def error_of(doing: str, status: int, body: bytes, *, secret: bool = False) -> ClusterError:
    """The error that an answer stands for. `doing`: the verb and the object, `get Pod/apps/web`;
    `secret`: whether the object is a Secret."""
    said = _status(body)
    if said is None:
        return _wordless(doing, status, b"" if secret else body)
    details = section(said, "details")
    causes = _causes(details, secret=secret)
    message = text(said, "message")
    if secret:
        message = _harmless(text(said, "reason") or _phrase(status), message, causes)
    message = message or text(said, "reason") or _phrase(status)
    return class_of(status)(
        f"{doing}: {_cut(message)}", status=status, reason=text(said, "reason"), causes=causes
    )


def is_misfit(status: int, body: bytes) -> bool:
    """Whether an applied object has a field of another type, or one that its kind does not have.
    Kubernetes answers 500 to that, and not 422; another try would have the same end."""
    said = _status(body) if status == HTTPStatus.INTERNAL_SERVER_ERROR else None
    return text(said or {}, "message").startswith(_MISFIT)


def object_in(request: Request, body: bytes) -> Manifest:
    """The object in the answer to a request. Raises Unreachable where it holds none: somebody else
    than the API server answered."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Unreachable(f"{request.doing}: the answer is no object")
    return cast("Manifest", found)


def is_farewell(answer: Manifest) -> bool:
    """Whether the answer to a deletion says that the object is gone: a Status of success, or the
    object as it was last. What still has to wait comes with the time since when it does."""
    if answer.get("kind") == "Status":
        return text(answer, "status") == "Success"
    meta = section(answer, "metadata")
    return bool(meta.get("uid")) and not meta.get("deletionTimestamp")


def _status(body: bytes) -> Manifest | None:
    """The metav1.Status in an answer; None where it holds something else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and found.get("kind") == "Status" else None


def _wordless(doing: str, status: int, body: bytes) -> ClusterError:
    """An answer that is no metav1.Status: from a proxy, or about a path that nobody serves."""
    if status == HTTPStatus.NOT_FOUND:
        return NoSuchKind(f"{doing}: the server does not serve such a kind", status=status)
    first = body[:200].decode(errors="replace").strip().partition("\n")[0]
    said = f" ({first})" if first and not first.startswith(("<", "{")) else ""
    return class_of(status)(f"{doing}: the server answered {_phrase(status)}{said}", status=status)


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _causes(details: Manifest, *, secret: bool) -> tuple[Cause, ...]:
    found = details.get("causes")
    if not isinstance(found, list):
        return ()
    causes = (cast("Manifest", cause) for cause in found if isinstance(cause, dict))
    return tuple(_cause(cause, secret=secret) for cause in causes)


def _cause(cause: Manifest, *, secret: bool) -> Cause:
    field, reason = text(cause, "field"), text(cause, "reason")
    shown = not secret or reason in _VALUELESS or reason == "FieldManagerConflict"
    return Cause(field, reason, text(cause, "message") if shown else "")


def _harmless(reason: str, message: str, causes: tuple[Cause, ...]) -> str:
    """What of a message about a Secret cannot hold a value of it."""
    if refusal := _REFUSAL.search(message):
        return f"{refusal.group()} {WITHHELD}"
    if reason in _HARMLESS:
        return message
    if reason == "Forbidden" and (rights := _RIGHTS.search(message)):
        return rights.group()
    fields = [_sentence(cause) for cause in causes if cause.field] or _FIELD.findall(message)
    return "; ".join(dict.fromkeys(fields)) + f" {WITHHELD}" if fields else f"{reason} {WITHHELD}"


def _sentence(cause: Cause) -> str:
    return f"{cause.field}: {cause.message or cause.reason}"


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
