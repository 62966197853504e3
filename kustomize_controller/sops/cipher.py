"""One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kustomize_controller.sops.value import Comment, SopsProblem, Timestamp

_FORM = re.compile(
    r"ENC\[AES256_GCM,data:(?P<data>[A-Za-z0-9+/=]*),iv:(?P<iv>[A-Za-z0-9+/=]+)"
    r",tag:(?P<tag>[A-Za-z0-9+/=]+),type:(?P<type>[a-z]+)\]"
)
_NONCE = range(8, 129)
_KEYS = (16, 24, 32)


def opened(text: str, key: bytes, path: str) -> object:
    """The value that a text hides; the empty text hides nothing.

    `path`: the keys that lead to it, each with a colon behind it: what was encrypted for one place
    opens in no other. Raises SopsProblem.
    """
    if not text:
        return text
    found = _FORM.match(text)
    if found is None:
        raise SopsProblem("is not encrypted, and should be")
    data, iv, tag = (_decoded(found[part]) for part in ("data", "iv", "tag"))
    if len(iv) not in _NONCE or len(tag) != 16:
        raise SopsProblem("has an iv or a tag of the wrong length")
    try:
        plain = AESGCM(_checked(key)).decrypt(iv, data + tag, path.encode())
    except InvalidTag:
        raise SopsProblem(
            "cannot be decrypted: it was changed, moved from another place, or encrypted with "
            "another data key"
        ) from None
    return _typed(plain, found["type"])


def _checked(key: bytes) -> bytes:
    if len(key) not in _KEYS:
        raise SopsProblem(f"the data key has {len(key)} bytes, which AES does not know")
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SopsProblem("is encrypted, but not in base64") from None


def _typed(plain: bytes, name: str) -> object:
    make = _TYPES.get(name)
    if make is None:
        raise SopsProblem(f"has a type that is not known: {name}")
    try:
        return make(plain.decode("utf-8", "surrogateescape"))
    except ValueError:
        raise SopsProblem(f"does not hold what its type says: {name}") from None


def _truth(text: str) -> bool:
    known = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]


def _moment(text: str) -> Timestamp:
    datetime.fromisoformat(text)
    return Timestamp(text)


_TYPES: dict[str, Callable[[str], object]] = {
    "str": str,
    "bytes": str,
    "int": int,
    "float": float,
    "bool": _truth,
    "time": _moment,
    "comment": Comment,
}
