"""Tokens of ServiceAccounts: signed, for an audience, for a time, bound to what they stand for.

A JWT with an ES256 signature. Behaviour: the TokenRequest API of Kubernetes 1.36.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from apiserver.access.grant import listed
from apiserver.value import Object, number, section, strings, text

ISSUER = "https://kubernetes.default.svc"
"""Who issues tokens, and the audience of those that are for the API server."""

_HALF = 32
_CLAIM = "kubernetes.io"
_MOST = 16 * 1024


class TokenError(Exception):
    """A token that is not accepted."""


INVALID = "invalid bearer token"


@dataclass(frozen=True, slots=True)
class Bound:
    """An object whose end is the token's end too; `kind` is the claim's key: `pod`, `secret`..."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `account` is the ServiceAccount itself; `number` tells tokens apart."""

    namespace: str
    account: Bound
    audiences: tuple[str, ...]
    issued: datetime
    lasts: timedelta
    number: str
    bound: Bound | None = None

    @property
    def ends(self) -> datetime:
        """When it is of use no more."""
        return self.issued + self.lasts


class Signer:
    """The key that signs tokens."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        known = self._public.public_bytes(serialization.Encoding.DER, form)
        self._id = _encode(hashlib.sha256(known).digest())

    def token(self, claims: Claims) -> str:
        """The token that says this."""
        head = _encode(orjson.dumps({"alg": "ES256", "kid": self._id}))
        told = f"{head}.{_encode(orjson.dumps(_content(claims)))}"
        r, s = decode_dss_signature(self._key.sign(told.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{told}.{_encode(r.to_bytes(_HALF, 'big') + s.to_bytes(_HALF, 'big'))}"

    def read(self, token: str, now: datetime, audiences: Iterable[str] = (ISSUER,)) -> Claims:
        """What a token says. Raises TokenError where it was not signed here, is not for any of the
        audiences, or not of this time."""
        claims = self._claims(token)
        if not claims.issued <= now + timedelta(minutes=1):
            raise TokenError(INVALID)
        if claims.ends <= now:
            raise TokenError(f"[{INVALID}, service account token has expired]")
        wanted = tuple(audiences)
        if not set(wanted) & set(claims.audiences):
            raise TokenError(
                f"[{INVALID}, token audiences {listed(claims.audiences)} is invalid for the "
                f"target audiences {listed(wanted)}]"
            )
        return claims

    def _claims(self, token: str) -> Claims:
        told, _, signature = token.rpartition(".")
        head, _, content = told.partition(".")
        if not head or not content or len(token) > _MOST:
            raise TokenError(INVALID)
        try:
            if text(orjson.loads(_decode(head)), "alg") != "ES256":
                raise TokenError(INVALID)
            self._verify(told.encode(), _decode(signature))
            return _claims(orjson.loads(_decode(content)))
        except (InvalidSignature, binascii.Error, ValueError, OverflowError) as error:
            raise TokenError(INVALID) from error

    def _verify(self, told: bytes, signature: bytes) -> None:
        if len(signature) != 2 * _HALF:
            raise TokenError(INVALID)
        halves = (int.from_bytes(part, "big") for part in (signature[:_HALF], signature[_HALF:]))
        self._public.verify(encode_dss_signature(*halves), told, ec.ECDSA(hashes.SHA256()))


def _content(claims: Claims) -> Object:
    issued = int(claims.issued.timestamp())
    about: Object = {
        "namespace": claims.namespace,
        "serviceaccount": {"name": claims.account.name, "uid": claims.account.uid},
    }
    if bound := claims.bound:
        about[bound.kind] = {"name": bound.name, "uid": bound.uid}
    return {
        "aud": list(claims.audiences),
        "exp": issued + int(claims.lasts.total_seconds()),
        "iat": issued,
        "iss": ISSUER,
        "jti": claims.number,
        _CLAIM: about,
        "nbf": issued,
        "sub": f"system:serviceaccount:{claims.namespace}:{claims.account.name}",
    }


def _claims(content: object) -> Claims:
    about = section(content, _CLAIM)
    issued = number(content, "iat")
    kinds = [kind for kind in about if kind not in ("namespace", "serviceaccount")]
    return Claims(
        namespace=text(about, "namespace"),
        account=_bound(about, "serviceaccount"),
        audiences=tuple(strings(content, "aud")),
        issued=datetime.fromtimestamp(issued, UTC),
        lasts=timedelta(seconds=number(content, "exp") - issued),
        number=text(content, "jti"),
        bound=_bound(about, kinds[0]) if kinds else None,
    )


def _bound(about: Object, kind: str) -> Bound:
    return Bound(kind, text(about, kind, "name"), text(about, kind, "uid"))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
