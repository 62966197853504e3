"""Whom an object trusts to sign. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Trust:
    """`provider`: cosign or notation. `entries`: of the Secret with keys and certificates; None
    where there is none. `identities`: pairs of expressions for issuer and subject, for signatures
    without a key. `root`: the JSON of a trusted root; empty for that of the public Sigstore."""

    provider: str
    entries: Mapping[str, str] | None = None
    identities: tuple[tuple[str, str], ...] = ()
    root: str = ""

    def digest(self, about: str) -> str:
        """Changes when anything of it does, or what it is about."""
        entries = sorted(self.entries.items()) if self.entries is not None else None
        said = [about, self.provider, entries, self.identities, self.root]
        return hashlib.sha256(orjson.dumps(said)).hexdigest()
