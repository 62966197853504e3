"""Who signed, by OpenPGP: keys with their subkeys, and what they say of themselves. Pure.

A key counts while it is neither expired nor revoked, a subkey only where the key vouches for it
and it for the key. Content has to be hashed with SHA-2; a key may vouch for itself with SHA-1, as
older ones do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.git.error import SignatureError
from shared.git.openpgp_key import SHA1, PublicKey, key_of
from shared.git.openpgp_signature import (
    ATTRIBUTE,
    EMBEDDED,
    EXPIRES,
    FLAGS,
    KEY,
    KEY_EXPIRES,
    MADE,
    SIGNATURE,
    SUBKEY,
    USER,
    Signature,
    signature_of,
)
from shared.openpgp.packet import packets, unarmoured
from shared.openpgp.problem import told_as

_OF_CONTENT, _OF_USERS, _OF_SUBKEY, _OF_PRIMARY, _OF_KEY = 0x00, range(0x10, 0x14), 0x18, 0x19, 0x1F
_KEY_REVOKED, _SUBKEY_REVOKED = 0x20, 0x28
_MAY_SIGN = 0x02
_SKEW = 86_400


@dataclass(slots=True)
class Part:
    """A key, a user or a subkey with the signatures behind it. `framed`: as it is hashed."""

    tag: int
    framed: bytes
    key: PublicKey | None
    signatures: list[Signature] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that may sign content, and the number of the key that it belongs to."""

    key: PublicKey
    primary: str
    ends: int

    def is_valid(self, now: int) -> bool:
        """Whether it has not expired. `now`: seconds since 1970."""
        return not self.ends or now < self.ends


@told_as(SignatureError)
def signers_of(text: str) -> list[Signer]:
    """The keys of a file that may sign. Raises SignatureError where it holds no OpenPGP keys."""
    found: list[Signer] = []
    group: list[Part] = []
    for part in _parts(_taken_off(text.encode())):
        if part.tag == KEY:
            found.extend(_signers(group))
            group = []
        group.append(part)
    return [*found, *_signers(group)]


@told_as(SignatureError)
def verify(payload: bytes, armoured: bytes, signers: Iterable[Signer], now: int) -> str:
    """The number of the key that signed. Raises SignatureError where none of the signers did."""
    signature = _only(armoured)
    if signature.kind != _OF_CONTENT or signature.hash_id == SHA1:
        raise SignatureError(
            "the OpenPGP signature is of a kind, or uses a hash, that is not taken"
        )
    for signer in signers:
        if signature.issuer in {"", signer.key.key_id} and signer.key.has_signed(
            payload, signature
        ):
            _refuse_times(signer, signature, now)
            return signer.primary.upper()
    name = signature.issuer.upper() or "that is not named"
    raise SignatureError(
        f"it is signed with the OpenPGP key {name}, which is not trusted or did not sign this"
    )


def _taken_off(text: bytes) -> bytes:
    """What is in the armour."""
    content = unarmoured(text)
    if content is None:
        raise SignatureError("there is no OpenPGP block in its ASCII armour")
    return content


def _only(armoured: bytes) -> Signature:
    text = armoured.strip()
    if not text.endswith(b"-----END PGP SIGNATURE-----") or text.count(b"-----BEGIN PGP") != 1:
        raise SignatureError("there is more than one OpenPGP signature, or something follows it")
    found = list(packets(_taken_off(text), whole=True))
    if len(found) != 1 or found[0].tag != SIGNATURE:
        raise SignatureError("the armour holds something else than one OpenPGP signature")
    signature = signature_of(found[0].body)
    if signature is None:
        raise SignatureError("the OpenPGP signature is of a version that is not known")
    return signature


def _refuse_times(signer: Signer, signature: Signature, now: int) -> None:
    made, lasts = signature.seconds(MADE), signature.seconds(EXPIRES)
    if not signer.is_valid(now):
        raise SignatureError(f"the OpenPGP key {signer.key.key_id.upper()} has expired")
    if made < signer.key.made or made > now + _SKEW or (lasts and now >= made + lasts):
        raise SignatureError("the OpenPGP signature has expired, or is not valid yet")


def _parts(content: bytes) -> Iterator[Part]:
    """Keys, users and subkeys, each with the signatures that follow it."""
    part: Part | None = None
    for packet in packets(content, whole=True):
        tag, body = packet.tag, packet.body
        if tag in {KEY, USER, SUBKEY, ATTRIBUTE}:
            if part:
                yield part
            part = _part(tag, body)
        elif tag == SIGNATURE and part and (signature := signature_of(body)):
            part.signatures.append(signature)
    if part:
        yield part


def _part(tag: int, body: bytes) -> Part:
    if tag in {KEY, SUBKEY}:
        key = key_of(body)
        return Part(tag, key.framed if key else b"", key)
    mark = b"\xb4" if tag == USER else b"\xd1"
    return Part(tag, mark + len(body).to_bytes(4) + body, None)


def _signers(group: list[Part]) -> Iterator[Signer]:
    """Those of one key that may sign."""
    if not group or group[0].tag != KEY or group[0].key is None:
        return
    primary, framed = group[0].key, group[0].framed
    if any(one.kind == _KEY_REVOKED for one in _true(primary, framed, group[0])):
        return
    own = [one for one in _true(primary, framed, group[0]) if one.kind == _OF_KEY]
    for part in group[1:]:
        if part.tag == USER:
            said = _true(primary, framed + part.framed, part)
            own.extend(one for one in said if one.kind in _OF_USERS)
    if not own:
        return
    newest = max(own, key=lambda one: one.seconds(MADE))
    ends = _end(primary, newest)
    if _may_sign(newest, default=True):
        yield Signer(primary, primary.key_id, ends)
    for part in group[1:]:
        yield from _subkey(primary, part, ends)


def _subkey(primary: PublicKey, part: Part, primary_ends: int) -> Iterator[Signer]:
    """A subkey, where it may sign."""
    if part.tag != SUBKEY or part.key is None:
        return
    content = primary.framed + part.framed
    said = _true(primary, content, part)
    bindings = [one for one in said if one.kind == _OF_SUBKEY]
    if not bindings or any(one.kind == _SUBKEY_REVOKED for one in said):
        return
    newest = max(bindings, key=lambda one: one.seconds(MADE))
    if _may_sign(newest, default=False) and _vouches_back(part.key, content, newest):
        ends = [end for end in (_end(part.key, newest), primary_ends) if end]
        yield Signer(part.key, primary.key_id, min(ends, default=0))


def _true(key: PublicKey, content: bytes, part: Part) -> list[Signature]:
    """The signatures behind a part that are the key's own."""
    return [one for one in part.signatures if key.has_signed(content, one)]


def _vouches_back(subkey: PublicKey, content: bytes, binding: Signature) -> bool:
    body = binding.signed.get(EMBEDDED) or binding.hints.get(EMBEDDED, b"")
    embedded = signature_of(body) if body else None
    if embedded is None or embedded.kind != _OF_PRIMARY:
        return False
    return subkey.has_signed(content, embedded)


def _may_sign(said: Signature, *, default: bool) -> bool:
    flags = said.signed.get(FLAGS)
    return bool(flags[0] & _MAY_SIGN) if flags else default


def _end(key: PublicKey, said: Signature) -> int:
    lasts = said.seconds(KEY_EXPIRES)
    return key.made + lasts if lasts else 0
