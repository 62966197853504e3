"""Sigstore's trusted root: who may give certificates, and which logs are believed. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from source_controller.signature.payload import decoded, mapping, parsed
from source_controller.signature.problem import InvalidTrust

LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when something is good; without an end, still."""

    start: datetime
    end: datetime | None

    def has(self, moment: datetime) -> bool:
        """Whether a moment is within."""
        return self.start <= moment and (self.end is None or moment <= self.end)


@dataclass(frozen=True, slots=True)
class Log:
    """A log, by its key."""

    key: ec.EllipticCurvePublicKey
    span: Span


@dataclass(frozen=True, slots=True)
class Root:
    """`authorities`: chains of certificates, each from the one that signs to the authority itself.
    `entries`: the logs of signatures (Rekor), `certificates`: those of certificates, by their ids.
    """

    authorities: tuple[tuple[tuple[x509.Certificate, ...], Span], ...]
    entries: Mapping[bytes, Log]
    certificates: Mapping[bytes, Log]

    @classmethod
    def of(cls, text: str) -> Root:
        """Read a trusted_root.json. Raises InvalidTrust."""
        if len(text) > LONGEST:
            raise InvalidTrust("the trusted root is too large")
        said = parsed(text.encode())
        try:
            return cls(
                tuple(_authority(one) for one in _items(said, "certificateAuthorities")),
                dict(filter(None, map(_log, _items(said, "tlogs")))),
                dict(filter(None, map(_log, _items(said, "ctlogs")))),
            )
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidTrust("the trusted root cannot be read") from None

    def vouching(self, moment: datetime) -> list[x509.Certificate]:
        """The authorities' certificates at a moment."""
        return [one for chain, span in self.authorities if span.has(moment) for one in chain]

    def logs(self, moment: datetime) -> dict[bytes, ec.EllipticCurvePublicKey]:
        """The logs of certificates at a moment."""
        return {name: log.key for name, log in self.certificates.items() if log.span.has(moment)}


def _authority(said: Mapping[str, object]) -> tuple[tuple[x509.Certificate, ...], Span]:
    listed = _items(mapping(said.get("certChain")), "certificates")
    chain = tuple(x509.load_der_x509_certificate(_bytes(one, "rawBytes")) for one in listed)
    return chain, _span(said)


def _log(said: Mapping[str, object]) -> tuple[bytes, Log] | None:
    """A log and its id; None for one with a key of another kind, which this form never has."""
    public = mapping(said.get("publicKey"))
    key = load_der_public_key(_bytes(public, "rawBytes"))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return None
    named = decoded(mapping(said.get("logId")).get("keyId"))
    own = hashlib.sha256(_bytes(public, "rawBytes")).digest()
    return named or own, Log(key, _span(public))


def _span(said: Mapping[str, object]) -> Span:
    valid = mapping(said.get("validFor"))
    end = valid.get("end")
    return Span(_moment(valid.get("start")), _moment(end) if end is not None else None)


def _moment(said: object) -> datetime:
    if not isinstance(said, str):
        raise TypeError
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _items(said: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    listed = said.get(key)
    return [mapping(one) for one in listed] if isinstance(listed, list) else []


def _bytes(said: Mapping[str, object], key: str) -> bytes:
    found = decoded(said.get(key))
    if found is None:
        raise ValueError
    return found
