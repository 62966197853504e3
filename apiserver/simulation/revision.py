"""Names for what a template says: the same text for the same template."""

from __future__ import annotations

import hashlib
import secrets

import orjson

from apiserver.value import Object

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def hash_of(template: Object) -> str:
    """Ten letters that stand for a template, as in `pod-template-hash`."""
    data = orjson.dumps(template, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(data).digest()[:10]
    return "".join(_LETTERS[each % len(_LETTERS)] for each in digest)


def suffix() -> str:
    """Five letters for a name that nobody else has."""
    return "".join(secrets.choice(_LETTERS) for _ in range(5))
