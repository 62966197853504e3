"""Which key a host is known by: the grammar of OpenSSH's known_hosts, without trust on first use.

Hashed names, ports (`[host]:2222`) and several keys a host are understood. A key that is marked
`@revoked` is refused. Certificate authorities are not understood: their line makes nobody known.
"""

from __future__ import annotations

import base64
import hashlib

from paramiko.hostkeys import HostKeyEntry, HostKeys
from paramiko.pkey import PKey
from paramiko.ssh_exception import SSHException

from shared.git.error import GitError, InvalidCredential

_RSA = ("rsa-sha2-512", "rsa-sha2-256")


class KnownHosts:
    """The keys that hosts are known by, and those that nobody may show any more."""

    def __init__(self, text: str) -> None:
        # One collection a line: paramiko keeps only the last key of a type that a host has.
        self._lines: list[HostKeys] = []
        self._revoked: set[bytes] = set()
        for number, line in enumerate(text.splitlines(), 1):
            self._read(line.strip(), number)

    def algorithms(self, host: str, port: int) -> tuple[str, ...]:
        """The signature algorithms that fit the keys we know of a host: others need not be offered.
        Raises GitError where none is known."""
        found = (line.lookup(_name(host, port)) for line in self._lines)
        kinds = [kind for keys in found if keys for kind in keys]
        if not kinds:
            raise GitError(f"known_hosts has no key of {_name(host, port)}")
        return tuple(
            algorithm for kind in kinds for algorithm in (_RSA if kind == "ssh-rsa" else (kind,))
        )

    def check(self, host: str, port: int, key: PKey) -> None:
        """Raises GitError where the key that a host shows is not the one that it is known by."""
        if key.asbytes() in self._revoked:
            raise GitError(f"{_name(host, port)} shows a revoked key: {fingerprint(key)}")
        if not any(line.check(_name(host, port), key) for line in self._lines):
            raise GitError(
                f"{_name(host, port)} shows a key that is not in known_hosts: {fingerprint(key)}"
            )

    def _read(self, line: str, number: int) -> None:
        if not line or line.startswith(("#", "@cert-authority")):
            return
        marker, _, rest = line.partition(" ")
        try:
            entry = HostKeyEntry.from_line(rest if marker == "@revoked" else line, number)
        except (SSHException, ValueError):
            raise InvalidCredential(f"known_hosts: line {number} cannot be read") from None
        if entry is None or entry.key is None:
            return
        if marker == "@revoked":
            self._revoked.add(entry.key.asbytes())
        else:
            keys = HostKeys()
            for name in entry.hostnames:
                keys.add(name, entry.key.get_name(), entry.key)
            self._lines.append(keys)


def fingerprint(key: PKey) -> str:
    """As OpenSSH prints it: `ssh-ed25519 SHA256:…`."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def _name(host: str, port: int) -> str:
    return host if port == 22 else f"[{host}]:{port}"
