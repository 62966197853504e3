"""What an apply left of an object, and whether that has moved since. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import orjson

from shared.cluster.holding import is_before
from shared.manifest.identity import Manifest, metadata, text
from shared.manifest.managed_fields import answers, entries_of, entry_of, has_claims
from shared.operation.writer import Writer
from shared.reconcile.key import Key

Digest = bytes


@dataclass(frozen=True, slots=True)
class Trace:
    """What was wanted, by whom, of which object, in which state, and our entry of its
    managedFields. `until`: how long that is trusted, on the monotonic clock."""

    wanted: Digest
    owner: Key
    uid: str
    version: str
    entry: Digest
    until: float

    def stands(self, live: Manifest, wanted: Manifest, writer: Writer) -> bool:
        """Whether the object is as our apply left it, as far as our own fields go, and nothing is
        on it that an apply would have to act on."""
        entry = entry_digest(live, writer)
        as_left = (self.uid, self.entry) == (text(metadata(live), "uid"), entry)
        taken = not writer.marks.is_shared(wanted) and has_claims(live, writer.claims)
        left_alone = writer.marks.is_left_alone(live)
        return not (taken or left_alone or _is_going(live)) and as_left

    def is_news(
        self, old: Manifest | None, new: Manifest, wanted: Manifest, writer: Writer
    ) -> bool:
        """Whether a change of the object's metadata has moved it. Not while the watch is a little
        behind our own apply; and one that is on its way out is put right when it is gone."""
        is_past = is_before(_version(new), self.version)
        if is_past or _is_going(new) or (old is not None and _same_bearing(old, new, writer)):
            return False
        return not self.stands(new, wanted, writer)

    def is_touched(self, old: Manifest, new: Manifest, writer: Writer) -> bool:
        """Whether a change of the object's metadata may make anybody act on it."""
        return _is_going(new) or not _same_bearing(old, new, writer)

    def is_before(self, live: Manifest) -> bool:
        """Whether the object has changed since."""
        return is_before(self.version, _version(live))


def written(value: object) -> bytes:
    """A value as bytes that are the same for the same value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest_of(text_: bytes) -> Digest:
    """What stands for bytes that are not kept."""
    return sha256(text_).digest()


def entry_digest(live: Manifest, writer: Writer) -> Digest:
    """What stands for our own entry; empty where there is none."""
    entry = entry_of(live, writer.manager)
    return digest_of(written(entry)) if entry else b""


def _same_bearing(old: Manifest, new: Manifest, writer: Writer) -> bool:
    """Whether all that may make us act on an object is as it was."""
    return _bearing(old, writer) == _bearing(new, writer)


def _bearing(live: Manifest, writer: Writer) -> tuple[object, ...]:
    claimed = [entry for entry in entries_of(live) if answers(entry, writer.claims)]
    entry, left_alone = entry_of(live, writer.manager), writer.marks.is_left_alone(live)
    return text(metadata(live), "uid"), entry, claimed, left_alone


def _is_going(live: Manifest) -> bool:
    return "deletionTimestamp" in metadata(live)


def _version(live: Manifest) -> str:
    return text(metadata(live), "resourceVersion")
