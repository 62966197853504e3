"""What the server itself keeps in `metadata`, and the rules for what clients put there."""

from __future__ import annotations

import re
import secrets

from apiserver.cluster import Cluster
from apiserver.refusal import Cause, bad_request, conflict
from apiserver.resource import Resource
from apiserver.route import Target
from apiserver.storage import Record
from apiserver.value import Object, number, part, section, strings, text

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SERVICE = r"[a-z]([-a-z0-9]*[a-z0-9])?"

_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    f"for validation is '{_SUBDOMAIN}')"
)
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    f"for validation is '{_LABEL}')"
)
_SERVICE_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    f"regex used for validation is '{_SERVICE}')"
)
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_KEY_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
ANNOTATIONS_LIMIT = 256 * 1024


def place(content: Object, resource: Resource, target: Target) -> None:
    """Put the object where the URL says. Raises a 400 where it says something else itself."""
    metadata = part(content, "metadata")
    named = text(metadata, "namespace")
    if not resource.namespaced:
        metadata.pop("namespace", None)
    elif named and named != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    else:
        metadata["namespace"] = target.namespace
    if target.name:
        _match_name(metadata, target.name)


def _match_name(metadata: Object, name: str) -> None:
    named = text(metadata, "name")
    if named and named != name:
        raise bad_request(
            f"the name of the object ({named}) does not match the name on the URL ({name})"
        )
    metadata["name"] = name


def begin(content: Object, cluster: Cluster, resource: Resource) -> None:
    """Give a new object what the server gives it: name, uid, creation time, generation."""
    metadata = part(content, "metadata")
    prefix = text(metadata, "generateName")
    if prefix and not text(metadata, "name"):
        suffix = "".join(secrets.choice(_LETTERS) for _ in range(5))
        metadata["name"] = prefix[:58] + suffix
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"):
        metadata.pop(key, None)
    metadata["uid"] = cluster.new_uid()
    metadata["creationTimestamp"] = cluster.stamp()
    if resource.is_custom or resource.traits.counts_generations:
        metadata["generation"] = 1


_KEPT = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
    "generateName", "selfLink",
)  # fmt: skip


def keep(content: Object, live: Record, resource: Resource) -> None:
    """Hold a new state of an object to what only the server may change. Raises a 409 where it was
    made from another state than the live one."""
    metadata, before = part(content, "metadata"), section(live.object, "metadata")
    uid, version = text(metadata, "uid"), text(metadata, "resourceVersion")
    name = text(before, "name")
    if uid and uid != live.uid:
        raise conflict(resource, name, uid_mismatch(uid, live.uid))
    if version not in ("", "0") and version != str(live.revision):
        raise conflict(resource, name)
    for key in _KEPT:
        if key in before:
            metadata[key] = before[key]
        else:
            metadata.pop(key, None)
    metadata["resourceVersion"] = str(live.revision)


def uid_mismatch(wanted: str, actual: str) -> str:
    """How a failed uid precondition is told."""
    return f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {actual}"


def advance_generation(content: Object) -> None:
    """Count one more generation."""
    metadata = part(content, "metadata")
    metadata["generation"] = number(metadata, "generation") + 1


def faults(content: Object, resource: Resource, live: Record | None) -> list[Cause]:
    """What is wrong with the metadata."""
    metadata = section(content, "metadata")
    found = _name_faults(metadata, resource) if live is None else []
    found += _label_faults(section(metadata, "labels"))
    found += _annotation_faults(section(metadata, "annotations"))
    return found + _finalizer_faults(metadata, live)


def _name_faults(metadata: Object, resource: Resource) -> list[Cause]:
    name = text(metadata, "name")
    if not name:
        message = "Required value: name or generateName is required"
        return [Cause("metadata.name", "FieldValueRequired", message)]
    rule = _name_rule(name, resource)
    if rule is None:
        return []
    return [Cause("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {rule}')]


def _name_rule(name: str, resource: Resource) -> str | None:
    if resource.group == "rbac.authorization.k8s.io":
        return _path_segment_rule(name)
    if resource.group == "" and resource.kind == "Service":
        return None if re.fullmatch(_SERVICE, name) and len(name) <= 63 else _SERVICE_RULE
    if resource.group == "" and resource.kind == "Namespace":
        return None if re.fullmatch(_LABEL, name) and len(name) <= 63 else _LABEL_RULE
    return None if re.fullmatch(_SUBDOMAIN, name) and len(name) <= 253 else _SUBDOMAIN_RULE


def _path_segment_rule(name: str) -> str | None:
    if name in (".", ".."):
        return f"may not be '{name}'"
    bad = next((sign for sign in "/%" if sign in name), None)
    return f"may not contain '{bad}'" if bad else None


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and (not re.fullmatch(_SUBDOMAIN, prefix) or len(prefix) > 253):
        return False
    return len(name) <= 63 and _KEY_NAME.fullmatch(name) is not None


_KEY_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def _label_faults(labels: Object) -> list[Cause]:
    found = [_key_fault("metadata.labels", key) for key in labels if not _is_key(key)]
    for value in labels.values():
        word = value if isinstance(value, str) else ""
        if len(word) > 63:
            rule = "must be no more than 63 bytes"
        elif not _VALUE.fullmatch(word):
            rule = _VALUE_RULE
        else:
            continue
        message = f'Invalid value: "{word}": {rule}'
        found.append(Cause("metadata.labels", "FieldValueInvalid", message))
    return found


def _key_fault(field: str, key: str) -> Cause:
    return Cause(field, "FieldValueInvalid", f'Invalid value: "{key}": {_KEY_RULE}')


def _annotation_faults(annotations: Object) -> list[Cause]:
    found = [
        _key_fault("metadata.annotations", key) for key in annotations if not _is_key(key.lower())
    ]
    size = sum(len(key) + len(str(value)) for key, value in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        message = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        found.append(Cause("metadata.annotations", "FieldValueTooLong", message))
    return found


def _finalizer_faults(metadata: Object, live: Record | None) -> list[Cause]:
    if live is None or not live.is_terminating:
        return []
    before = strings(live.object, "metadata", "finalizers")
    added = [each for each in strings(metadata, "finalizers") if each not in before]
    if not added:
        return []
    told = ", ".join(f'"{each}"' for each in added)
    message = (
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        f"found new finalizers []string{{{told}}}"
    )
    return [Cause("metadata.finalizers", "FieldValueForbidden", message)]
