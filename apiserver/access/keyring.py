"""What makes a server the same one after a restart: its authority, the key of its tokens, and the
administrator's token."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from apiserver.access.certificate import Authority, Pair, key_of, key_text, new_key

_FILES = ("authority.crt", "authority.key", "accounts.key", "administrator.token")


class KeyringError(Exception):
    """Kept secrets that cannot be used; the message names the directory."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets of a server."""

    authority: Authority
    accounts: ec.EllipticCurvePrivateKey
    token: str

    def __repr__(self) -> str:
        return "Keyring(***)"


def new_keyring(now: datetime) -> Keyring:
    """Secrets that nobody has had before."""
    return Keyring(Authority(now), new_key(), secrets.token_urlsafe(32))


def kept_keyring(directory: Path, now: datetime) -> Keyring:
    """The secrets that a directory keeps; new ones where it keeps none.

    Raises OSError where the directory cannot be read or written, and KeyringError where what is in
    it cannot be used.
    """
    # The objects that lie beside the keys, Secrets among them, are nobody else's business either.
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    paths = [directory / name for name in _FILES]
    if not paths[-1].exists():
        _keep(new_keyring(now), paths)
    certificate, key, accounts, token = (path.read_bytes() for path in paths)
    try:
        authority = Authority(now, Pair(certificate, key))
        return Keyring(authority, key_of(accounts), token.decode().strip())
    except (ValueError, TypeError) as error:
        raise KeyringError(f"{directory}: the keys in it cannot be used: {error}") from error


def _keep(made: Keyring, paths: list[Path]) -> None:
    """Write the secrets; the last file says that all are there."""
    pair = made.authority.pair
    contents = (pair.certificate, pair.key, key_text(made.accounts), made.token.encode())
    for path, content in zip(paths, contents, strict=True):
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
