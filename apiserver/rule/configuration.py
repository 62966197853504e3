"""ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import binascii
import re

from apiserver.refusal import Cause, bad_request
from apiserver.rule.fault import forbidden, immutable, invalid, required
from apiserver.strategy import Strategy
from apiserver.value import Object, part, same, section, text

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name', "
    " or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
LIMIT = 1024 * 1024
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
    for value in section(new, "data").values():
        _require_base64(value)


def _require_base64(value: object) -> None:
    try:
        base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request(
            'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input '
            f"byte 0: {error}"
        ) from error


def _key_faults(content: Object, field: str) -> list[Cause]:
    return [
        invalid(f"{field}[{key}]", key, _KEY_RULE)
        for key in section(content, field)
        if not _KEY.fullmatch(key) or key in (".", "..") or len(key) > 253
    ]


def _size_faults(content: Object, *fields: str) -> list[Cause]:
    size = sum(len(str(value)) for field in fields for value in section(content, field).values())
    if size <= LIMIT:
        return []
    return [Cause(fields[0], "FieldValueTooLong", f"Too long: may not be more than {LIMIT} bytes")]


def _frozen_faults(new: Object, old: Object | None, *fields: str) -> list[Cause]:
    """What an object that was declared immutable does not allow."""
    if old is None or old.get("immutable") is not True:
        return []
    why = "field is immutable when `immutable` is set"
    found = [] if new.get("immutable") is True else [forbidden("immutable", why)]
    changed = [each for each in fields if not same(new.get(each), old.get(each))]
    return found + [forbidden(each, why) for each in changed]


def _check_secret(new: Object, old: Object | None) -> list[Cause]:
    found = immutable(new, old, "type") + _key_faults(new, "data") + _size_faults(new, "data")
    for key in _NEEDED_KEYS.get(text(new, "type"), ()):
        if key not in section(new, "data"):
            found.append(required(f"data[{key}]"))
    return found + _frozen_faults(new, old, "data")


def _check_config_map(new: Object, old: Object | None) -> list[Cause]:
    found = _key_faults(new, "data") + _key_faults(new, "binaryData")
    both = sorted(section(new, "data").keys() & section(new, "binaryData").keys())
    why = "duplicate of key present in data"
    found += [invalid(f"binaryData[{key}]", key, why) for key in both]
    found += _size_faults(new, "data", "binaryData")
    return found + _frozen_faults(new, old, "data", "binaryData")


SECRET = Strategy(_default_secret, check=_check_secret)
CONFIG_MAP = Strategy(check=_check_config_map)
