"""OpenPGP messages, opened by private keys: what `gpg --decrypt` does for a data key. Pure."""

from __future__ import annotations

import bz2
import hashlib
import hmac
import zlib
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kustomize_controller.sops.openpgp_key import Subkey, session_key
from kustomize_controller.sops.value import SopsProblem
from shared.openpgp.packet import Fields, Packet, packets, unarmoured
from shared.openpgp.problem import told_as

_AES = {7: 16, 8: 24, 9: 32}
_COMPRESSED, _LITERAL, _SEALED, _AEAD = 8, 11, 18, 20
_LARGEST = 1 << 20
_DEEPEST = 8
_MODES: dict[int, tuple[type[AESOCB3] | type[AESGCM], int]] = {2: (AESOCB3, 15), 3: (AESGCM, 12)}


@told_as(SopsProblem)
def opened(sealed: str, keys: tuple[Subkey, ...]) -> bytes:
    """What a message holds. Raises SopsProblem where no key fits, or it was changed."""
    bare = unarmoured(sealed.encode())
    content = list(packets(sealed.encode() if bare is None else bare))
    data = next((one for one in content if one.tag in (_SEALED, _AEAD)), None)
    if data is None:
        raise SopsProblem("is no OpenPGP message that is protected against changes")
    found = next(session_key(content, keys), None)
    if found is None:
        raise SopsProblem("none of the OpenPGP keys fits")
    algorithm, key = found
    if _AES.get(algorithm) != len(key):
        raise SopsProblem("is encrypted by a cipher that is not known: only AES is")
    return _literal(_plain(data, algorithm, key), _DEEPEST)


def _plain(packet: Packet, algorithm: int, key: bytes) -> bytes:
    fields = Fields(packet.body)
    version = fields.number()
    if packet.tag == _AEAD:
        return _chunks_of_gnupg(fields, algorithm, key)
    if version == 2:
        return _chunks(fields, key)
    return _with_checksum(fields.rest(), key)


def _with_checksum(content: bytes, key: bytes) -> bytes:
    """Cipher feedback, with a checksum at the end (version 1)."""
    plain = Cipher(algorithms.AES(key), CFB(bytes(16))).decryptor().update(content)
    checked, checksum = plain[:-20], plain[-20:]
    own = hashlib.sha1(checked, usedforsecurity=False).digest()
    if not checked.endswith(b"\xd3\x14") or not hmac.compare_digest(own, checksum):
        raise SopsProblem("the OpenPGP message was changed")
    return checked[18:-2]


def _chunks_of_gnupg(fields: Fields, algorithm: int, key: bytes) -> bytes:
    """Authenticated chunks as GnuPG writes them (packet 20)."""
    said, mode, size = fields.number(), fields.number(), fields.number()
    header = bytes([0xC0 | _AEAD, 1, said, mode, size])
    if said != algorithm or mode not in _MODES:
        raise SopsProblem("is encrypted in a mode that is not known")
    start = fields.take(_MODES[mode][1])

    def nonce(number: int) -> bytes:
        return start[:-8] + (int.from_bytes(start[-8:]) ^ number).to_bytes(8)

    return _authenticated(_Chunks(mode, key, header, size, nonce, numbered=True), fields.rest())


def _chunks(fields: Fields, key: bytes) -> bytes:
    """Authenticated chunks as of RFC 9580 (version 2)."""
    algorithm, mode, size = fields.number(), fields.number(), fields.number()
    header = bytes([0xC0 | _SEALED, 2, algorithm, mode, size])
    if _AES.get(algorithm) != len(key) or mode not in _MODES:
        raise SopsProblem("is encrypted in a mode that is not known")
    length = len(key) + _MODES[mode][1] - 8
    grown = HKDF(hashes.SHA256(), length, fields.take(32), header).derive(key)
    start = grown[len(key) :]
    chunks = _Chunks(
        mode, grown[: len(key)], header, size, lambda number: start + number.to_bytes(8)
    )
    return _authenticated(chunks, fields.rest())


class _Chunks:
    """How the chunks of a message are told from each other."""

    def __init__(  # noqa: PLR0913 - the parts of one header
        self,
        mode: int,
        key: bytes,
        header: bytes,
        size: int,
        nonce: Callable[[int], bytes],
        *,
        numbered: bool = False,
    ) -> None:
        if size > 16:
            raise SopsProblem("is encrypted in chunks that are too large")
        self.cipher = _MODES[mode][0](key)
        self.length = (1 << size + 6) + 16
        self.header = header
        self.nonce = nonce
        self._numbered = numbered

    def about(self, number: int) -> bytes:
        """What is authenticated along with a chunk."""
        return self.header + (number.to_bytes(8) if self._numbered else b"")


def _authenticated(chunks: _Chunks, content: bytes) -> bytes:
    """All chunks in plain; the last tag says how long they are together."""
    body, final = content[:-16], content[-16:]
    pieces = [body[at : at + chunks.length] for at in range(0, len(body), chunks.length)]
    try:
        plain = b"".join(
            chunks.cipher.decrypt(chunks.nonce(number), piece, chunks.about(number))
            for number, piece in enumerate(pieces)
        )
        end = chunks.about(len(pieces)) + len(plain).to_bytes(8)
        chunks.cipher.decrypt(chunks.nonce(len(pieces)), final, end)
    except InvalidTag:
        raise SopsProblem("the OpenPGP message was changed") from None
    return plain


def _literal(content: bytes, levels: int) -> bytes:
    """The data within, out of what it may be wrapped in."""
    for packet in packets(content):
        if packet.tag == _COMPRESSED and levels:
            return _literal(_grown(packet.body), levels - 1)
        if packet.tag == _LITERAL:
            fields = Fields(packet.body)
            fields.take(1)
            fields.take(fields.number() + 4)
            return fields.rest()
    raise SopsProblem("the OpenPGP message holds no data")


def _grown(body: bytes) -> bytes:
    """Compressed data, which may not become more than a data key could ever need."""
    try:
        match body[:1]:
            case b"\0":
                return body[1:]
            case b"\1":
                return zlib.decompressobj(-15).decompress(body[1:], _LARGEST)
            case b"\2":
                return zlib.decompressobj().decompress(body[1:], _LARGEST)
            case b"\3":
                return bz2.BZ2Decompressor().decompress(body[1:], _LARGEST)
    except (zlib.error, OSError):
        pass
    raise SopsProblem("the OpenPGP message is compressed in a way that is not known")
