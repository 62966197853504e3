from __future__ import annotations

import base64
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kustomize_controller.sops import openpgp
from kustomize_controller.sops.openpgp_key import RsaKey, subkeys
from kustomize_controller.sops.value import SopsProblem
from tests.fake.sops import FOLDER, document, entry

RSA = subkeys(entry("rsa.asc"))
MESSAGES = FOLDER / "messages"
LITERAL = b"\xcb\x0ab\x00\x00\x00\x00\x00" + b"data"
SESSION = bytes(range(32))


@pytest.mark.parametrize(
    ("message", "keys"),
    [
        ("rsa.asc", ("rsa.asc",)),
        ("curve.asc", ("curve.asc",)),
        ("first-subkey.asc", ("curve.asc",)),
        ("e04-expired.asc", ("expired.asc",)),
        ("nist.asc", ("nist.asc",)),
        ("anonymous.asc", ("rsa.asc", "curve.asc")),
        ("uncompressed.asc", ("rsa.asc",)),
        ("bzip2.asc", ("rsa.asc",)),
    ],
)
def test_what_gpg_encrypted_is_opened(message: str, keys: tuple[str, ...]) -> None:
    own = tuple(key for name in keys for key in subkeys(entry(name)))

    assert openpgp.opened((MESSAGES / message).read_text(), own) == b"data of a test\n"


def packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def sealed_key(key: bytes = SESSION) -> bytes:
    """The session key for our RSA key."""
    own = RSA[-1]
    assert isinstance(own.key, RsaKey)
    plain = bytes([9]) + key + (sum(key) & 0xFFFF).to_bytes(2)
    secret = own.key.key.public_key().encrypt(plain, padding.PKCS1v15())
    number = len(secret) * 8
    return packet(1, b"\3" + bytes.fromhex(own.key_id) + b"\1" + number.to_bytes(2) + secret)


def message(*packets: bytes) -> str:
    body = base64.b64encode(b"".join(packets)).decode()
    return f"-----BEGIN PGP MESSAGE-----\nComment: x\n\n{body}\n-----END PGP MESSAGE-----\n"


def version_2(mode: int, size: int = 6) -> bytes:
    """The data as RFC 9580 has it, in one chunk."""
    header, salt = bytes([0xD2, 2, 9, mode, size]), os.urandom(32)
    length = {2: 15, 3: 12}[mode] - 8
    grown = HKDF(hashes.SHA256(), 32 + length, salt, header).derive(SESSION)
    cipher = {2: AESOCB3, 3: AESGCM}[mode](grown[:32])
    start = grown[32:]
    chunk = cipher.encrypt(start + bytes(8), LITERAL, header)
    end = cipher.encrypt(start + (1).to_bytes(8), b"", header + len(LITERAL).to_bytes(8))
    return packet(18, header[1:] + salt + chunk + end)


def of_gnupg() -> bytes:
    """The data as newer releases of GnuPG write it."""
    header, start = bytes([0xD4, 1, 9, 2, 16]), os.urandom(15)
    cipher = AESOCB3(SESSION)
    chunk = cipher.encrypt(start, LITERAL, header + bytes(8))
    last = start[:-1] + bytes([start[-1] ^ 1])
    about = header + (1).to_bytes(8) + len(LITERAL).to_bytes(8)
    return packet(20, header[1:] + start + chunk + cipher.encrypt(last, b"", about))


@pytest.mark.parametrize("data", [version_2(2), version_2(3), of_gnupg()], ids=["2", "3", "gnupg"])
def test_authenticated_messages_are_opened(data: bytes) -> None:
    assert openpgp.opened(message(sealed_key(), data), RSA) == b"data"
    with pytest.raises(SopsProblem, match="was changed"):
        openpgp.opened(message(sealed_key(), data[:-1] + bytes([data[-1] ^ 1])), RSA)


@pytest.mark.parametrize(
    ("sealed", "says"),
    [
        ("", "no OpenPGP message"),
        ("CANARY", "no packet"),
        (message(sealed_key()), "no OpenPGP message"),
        (message(of_gnupg()), "none of the OpenPGP keys fits"),
        (message(sealed_key(), packet(9, b"x" * 50)), "protected against changes"),
        (message(sealed_key(), packet(18, b"\1" + b"x" * 50)), "was changed"),
        (message(sealed_key(), packet(18, b"\2\x09\x09\6" + b"x" * 50)), "mode"),
        (message(sealed_key(), packet(18, b"\2\x09\2\x63" + b"x" * 50)), "too large"),
        (message(sealed_key(), packet(18, b"\2\x09\2")), "ends too early"),
        (message(sealed_key(SESSION[:5]), of_gnupg()), "only AES is"),
    ],
)
def test_anything_else_is_refused(sealed: str, says: str) -> None:
    with pytest.raises(SopsProblem, match=says) as refusal:
        openpgp.opened(sealed, RSA)

    assert "CANARY" not in str(refusal.value)


def test_a_changed_message_is_refused() -> None:
    sealed = document("rsa-secret.yaml").metadata.groups[0][0].sealed
    lines = sealed.strip().splitlines()
    changed = [*lines[:-4], lines[-4][:-6] + "AAAAAA", *lines[-3:]]

    with pytest.raises(SopsProblem):
        openpgp.opened("\n".join(changed), RSA)
