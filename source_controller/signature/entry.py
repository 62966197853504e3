"""What a signature of cosign's older form brings along from Rekor: an entry, and Rekor's promise
that it is in the log. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from source_controller.signature.payload import decoded, mapping, parsed
from source_controller.signature.problem import NotSigned
from source_controller.signature.root import Root


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a log. `promise`: the log's signature over all the rest."""

    body: str
    moment: int
    log: str
    index: int
    promise: bytes

    @classmethod
    def of(cls, text: str) -> Entry:
        """Read the annotation that has it. Raises NotSigned where it is none."""
        said = parsed(text.encode())
        payload = mapping(said.get("Payload"))
        body, log = payload.get("body"), payload.get("logID")
        moment, index = payload.get("integratedTime"), payload.get("logIndex")
        promise = decoded(said.get("SignedEntryTimestamp"))
        if (
            not isinstance(body, str)
            or not isinstance(log, str)
            or type(moment) is not int
            or type(index) is not int
            or not promise
        ):
            raise NotSigned("a signature has no entry of a log with it")
        return cls(body, moment, log, index, promise)

    def check(self, root: Root) -> datetime:
        """When the entry was made (UTC). Raises NotSigned where no log that is trusted promised
        it."""
        try:
            moment = datetime.fromtimestamp(self.moment, UTC)
            log = root.entries.get(bytes.fromhex(self.log))
        except (ValueError, OverflowError, OSError):
            raise NotSigned("a signature has an entry that cannot be read") from None
        if log is None or not log.span.has(moment):
            raise NotSigned("a signature is in no log that is trusted")
        said = {
            "body": self.body,
            "integratedTime": self.moment,
            "logID": self.log,
            "logIndex": self.index,
        }
        signed = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        try:
            log.key.verify(self.promise, signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise NotSigned("a signature has an entry that its log did not promise") from None
        return moment

    def check_about(self, payload: bytes, signature: bytes, certificate: bytes) -> None:
        """Raises NotSigned where the entry is of something else: another content, another
        signature or another certificate (PEM)."""
        body = parsed(decoded(self.body) or b"")
        spec = mapping(body.get("spec"))
        hashed = mapping(mapping(spec.get("data")).get("hash"))
        given = mapping(spec.get("signature"))
        if (
            body.get("kind") != "hashedrekord"
            or body.get("apiVersion") != "0.0.1"
            or hashed.get("algorithm") != "sha256"
            or hashed.get("value") != hashlib.sha256(payload).hexdigest()
            or decoded(given.get("content")) != signature
            or decoded(mapping(given.get("publicKey")).get("content")) != certificate
        ):
            raise NotSigned("a signature has an entry of something else with it")
