"""Lists: selected, in order, in pages that all show the same moment."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import orjson

from apiserver.cause import forbidden, unsupported
from apiserver.cluster import Cluster
from apiserver.conversion import present
from apiserver.form import Page
from apiserver.refusal import (
    Refusal,
    bad_request,
    expired,
    invalid_options,
    too_large_version,
)
from apiserver.resource import Resource
from apiserver.route import Target, whole
from apiserver.selector import Selection, parse_fields, parse_labels
from apiserver.storage import Key, Record, TooOld
from apiserver.value import number, text


def selection_of(query: Mapping[str, str], resource: Resource, target: Target) -> Selection:
    """Which objects a request's query selects. Raises a 400 for a field that cannot be selected."""
    fields = parse_fields(query.get("fieldSelector", ""))
    known = {"metadata.name", "metadata.namespace", *resource.selectable}
    for each in fields:
        if each.key not in known:
            raise _not_selectable(resource, each.key)
    return Selection(target.namespace, parse_labels(query.get("labelSelector", "")), fields)


def _not_selectable(resource: Resource, key: str) -> Refusal:
    if resource.selectable or resource.is_custom:
        return bad_request(f"field label not supported: {key}")
    return bad_request(
        f'"{key}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins: after `last`, as of `revision`."""

    revision: int
    last: Key

    def encode(self) -> str:
        """The `continue` token."""
        data = orjson.dumps({"rv": self.revision, "ns": self.last[0], "name": self.last[1]})
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def decode(cls, token: str) -> Cursor:
        """The cursor of a token. Raises a 400."""
        try:
            data = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except (binascii.Error, ValueError) as error:
            raise bad_request(
                f"invalid continue token: continue key is not valid: {error}"
            ) from error
        if number(data, "rv") <= 0:
            raise bad_request(
                "invalid continue token: continue key is not valid: incorrect encoded start "
                "resourceVersion (version meta.k8s.io/v1)"
            )
        return cls(number(data, "rv"), (text(data, "ns"), text(data, "name")))


def page_of(
    cluster: Cluster, resource: Resource, selection: Selection, query: Mapping[str, str]
) -> Page:
    """The objects that a list request asks for. Raises a 400, 410 or 504."""
    whole(query, "timeoutSeconds")
    revision, after = _moment(cluster, query)
    records = _records(cluster, resource, selection.namespace, revision)
    if after is not None:
        records = records[bisect_right(records, after, key=lambda record: record.key) :]
    found = select(records, resource, selection)
    limit = whole(query, "limit") or 0
    if query.get("resourceVersion") == "0" and "continue" not in query:
        # Whatever state will do comes from a cache, and from there all at once.
        limit = 0
    shown = found[:limit] if limit else found
    # What follows may not be selected: the real server does not look ahead either.
    if not shown or len(shown) < limit or not limit or records[-1].key <= shown[-1].key:
        return Page(found, revision)
    remaining = None if selection.is_narrow else len(found) - limit
    return Page(shown, revision, Cursor(revision, shown[-1].key).encode(), remaining)


def select(records: list[Record], resource: Resource, selection: Selection) -> list[Record]:
    """Those of the records that the selection accepts."""
    if not selection.is_narrow:
        return records
    shown = partial(present, resource)
    return [each for each in records if selection.accepts(each, shown)]


def _moment(cluster: Cluster, query: Mapping[str, str]) -> tuple[int, Key | None]:
    current = cluster.storage.revision
    if token := query.get("continue", ""):
        if "resourceVersionMatch" in query:
            why = "resourceVersionMatch is forbidden for continue"
            raise invalid_options("ListOptions", forbidden("resourceVersionMatch", why))
        cursor = Cursor.decode(token)
        return cursor.revision, cursor.last
    wanted = requested_version(query)
    match = query.get("resourceVersionMatch", "")
    _require_sense(query, match, wanted)
    if wanted and wanted > current:
        raise too_large_version(wanted, current)
    exact = match == "Exact" or (not match and bool(query.get("limit")))
    return (wanted if wanted and exact else current), None


def _require_sense(query: Mapping[str, str], match: str, wanted: int | None) -> None:
    """Raises a 422 for options that do not go together."""
    field = "resourceVersionMatch"
    if "sendInitialEvents" in query:
        why = "sendInitialEvents is forbidden for list"
        raise invalid_options("ListOptions", forbidden("sendInitialEvents", why))
    if match and wanted is None:
        why = f"{field} is forbidden unless resourceVersion is provided"
        raise invalid_options("ListOptions", forbidden(field, why))
    if match not in ("", "Exact", "NotOlderThan"):
        raise invalid_options("ListOptions", unsupported(field, match, (*_MATCHES, "")))
    if match == "Exact" and wanted == 0:
        why = f'{field} "exact" is forbidden for resourceVersion "0"'
        raise invalid_options("ListOptions", forbidden(field, why))


_MATCHES = ("Exact", "NotOlderThan")


def requested_version(query: Mapping[str, str]) -> int | None:
    """The resourceVersion of a list or watch; None where none was asked for. Raises a 400."""
    value = query.get("resourceVersion", "")
    if not value:
        return None
    if not value.isascii() or not value.isdigit():
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{value}": '
            f'strconv.ParseUint: parsing "{value}": invalid syntax'
        )
    return int(value)


def _records(cluster: Cluster, resource: Resource, namespace: str, revision: int) -> list[Record]:
    collection = cluster.storage.shelf(resource.shelf)
    if revision >= cluster.storage.revision:
        return collection.in_order(namespace)
    try:
        return collection.as_of(revision, namespace)
    except TooOld as error:
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. "
            "You can start a new list without the continue parameter, or use the continue token "
            "in this response to retrieve the remainder of the results. Continuing with the "
            "provided token results in an inconsistent list - objects that were created, modified, "
            "or deleted between the time the first chunk was returned and now may show up in the "
            "list."
        ) from error
