"""ConfigMaps and Secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import orjson

from apiserver import naming
from apiserver.cause import forbidden, immutable, invalid, required
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, at, part, same, section, text

LIMIT = 1024 * 1024
_ACCOUNT = "kubernetes.io/service-account.name"
_NEEDED_KEYS = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def _default_secret(new: Object) -> None:
    if not text(new, "type"):
        new["type"] = "Opaque"
    plain = new.pop("stringData", None)
    if isinstance(plain, dict) and plain:
        data = part(new, "data")
        for key, value in plain.items():
            data[key] = base64.b64encode(str(value).encode()).decode()


def _key_faults(content: Object, field: str, other: str = "") -> Iterator[Cause]:
    for key in sorted(section(content, field)):
        yield from (invalid(f"{field}[{key}]", key, why) for why in naming.config_key(key))
        if key in section(content, other):
            yield invalid(f"{field}[{key}]", key, f"duplicate of key present in {other}")


def _size_faults(content: Object, *fields: str) -> list[Cause]:
    size = sum(len(str(value)) for field in fields for value in section(content, field).values())
    if size <= LIMIT:
        return []
    return [Cause(fields[0], "FieldValueTooLong", f"Too long: may not be more than {LIMIT} bytes")]


def _frozen_faults(new: Object, old: Object | None, *fields: str) -> list[Cause]:
    """What an object that was declared immutable does not allow. A ConfigMap's `data` that is
    empty is as good as none; no other map is."""
    if old is None or old.get("immutable") is not True:
        return []
    why = "field is immutable when `immutable` is set"
    found = [] if new.get("immutable") is True else [forbidden("immutable", why)]
    is_lenient = new.get("kind") == "ConfigMap"
    changed = [
        each
        for each in fields
        if not (same(at(new, each), at(old, each)))
        and not (
            is_lenient and each == "data" and not section(new, each) and not section(old, each)
        )
    ]
    return found + [forbidden(each, why) for each in changed]


def _check_secret(new: Object, old: Object | None) -> list[Cause]:
    found = immutable(new, old, "type")
    found += _frozen_faults(new, old, "data")
    found += _key_faults(new, "data")
    found += _size_faults(new, "data")
    return found + list(_type_faults(new))


def _type_faults(new: Object) -> Iterator[Cause]:
    """What a Secret of its type has to hold."""
    kind, data = text(new, "type"), section(new, "data")
    if kind == "kubernetes.io/service-account-token":
        if not text(new, "metadata", "annotations", _ACCOUNT):
            yield required(f"metadata.annotations[{_ACCOUNT}]")
        return
    if kind == "kubernetes.io/basic-auth":
        if not {"username", "password"} & data.keys():
            yield required("data[username]")
            yield required("data[password]")
        return
    for key in _NEEDED_KEYS.get(kind, ()):
        if key not in data:
            yield required(f"data[{key}]")
        elif key.startswith(".docker") and (why := _json_fault(text(data, key))):
            yield invalid(f"data[{key}]", "<secret contents redacted>", why)


def _json_fault(encoded: str) -> str:
    try:
        orjson.loads(base64.b64decode(encoded))
    except ValueError as error:
        return str(error)
    return ""


def _check_config_map(new: Object, old: Object | None) -> list[Cause]:
    found = _frozen_faults(new, old, "data", "binaryData")
    found += _key_faults(new, "data", "binaryData")
    found += _key_faults(new, "binaryData")
    return found + _size_faults(new, "data", "binaryData")


SECRET = Strategy(_default_secret, check=_check_secret)
CONFIG_MAP = Strategy(check=_check_config_map)
