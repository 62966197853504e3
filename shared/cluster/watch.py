"""A watch: changes of objects, one line of JSON each."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

import orjson

from shared.cluster.answer import error_of
from shared.cluster.error import Unreachable
from shared.cluster.request import Request
from shared.manifest.identity import Manifest

Type = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
TYPES = get_args(Type)
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes. An object may have 1.5 MB; whatever sends more without a line end is no API server."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an object. A BOOKMARK holds a resource version and nothing else."""

    type: Type
    object: Manifest


async def changes(pieces: AsyncIterator[bytes], request: Request) -> AsyncGenerator[Change, None]:
    """The changes in a stream of bytes, in which lines are cut anywhere.

    Raises what an ERROR in the stream stands for (Gone for 410), and Unreachable where a line is
    no change: nothing after it can be trusted.
    """
    rest = bytearray()
    async for piece in pieces:
        head, end, tail = piece.rpartition(b"\n")
        if end:
            lines = deque((bytes(rest) + head).split(b"\n"))
            rest.clear()
            # Until the next one comes this may be long, and they may be large.
            del piece, head
            while lines:
                if line := lines.popleft():
                    yield read(line, request)
                del line
        rest += tail
        if len(rest) > LONGEST_LINE:
            raise Unreachable(f"{request.doing}: a line of the watch does not end")
    if rest:
        raise Unreachable(f"{request.doing}: the watch was cut in the middle of a line")


def read(line: bytes, request: Request) -> Change:
    """One line of a watch. Raises ClusterError."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Unreachable(f"{request.doing}: a line of the watch is no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("object"), dict):
        raise Unreachable(f"{request.doing}: a line of the watch is no change")
    if found.get("type") == "ERROR":
        status = found["object"].get("code")
        code = status if isinstance(status, int) else 500
        raise error_of(request.doing, code, orjson.dumps(found["object"]), secret=request.secret)
    if found.get("type") not in TYPES:
        raise Unreachable(f"{request.doing}: a line of the watch is no change")
    return Change(cast("Type", found["type"]), cast("Manifest", found["object"]))
