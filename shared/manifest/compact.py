"""Values as JSON that is kept for long, in no more room than it takes. Pure."""

from __future__ import annotations

import sys

import orjson


def compact(value: object) -> bytes:
    """JSON, with sorted keys: the same for the same value. What `orjson` makes holds on to the four
    kilobytes that it was written in; this is a copy."""
    return bytes(memoryview(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))


def interned(content: bytes) -> str:
    """JSON as a text that is kept only once, however many keep it, and goes with the last of them:
    each sign is a byte, so that it takes no more room than those."""
    return sys.intern(content.decode("latin-1"))


def value_of(text: str) -> object:
    """What a text that was `interned` says, made anew each time."""
    return orjson.loads(text.encode("latin-1"))
