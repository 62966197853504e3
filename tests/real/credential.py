"""Who may talk to the real API server, written where its programs look for it."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from tests.real.certificate import Authority, Pair, key_pair

ADMIN = ("penstock-admin", "system:masters")
CONTROLLER_MANAGER = ("system:kube-controller-manager", "")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files in one directory, and what a client needs: the authority (PEM) and a token."""

    directory: Path
    authority: str
    token: str

    @classmethod
    def make(cls, directory: Path, url: str) -> Credentials:
        """New keys and tokens for an API server at `url`; nothing of them is ever used again."""
        authority = Authority()
        made = cls(directory, authority.certificate.decode(), secrets.token_hex(16))
        made._write("ca.crt", authority.certificate)
        made._write_pair("serving", authority.serving("127.0.0.1", "localhost", "kubernetes"))
        made._write_pair("accounts", key_pair())
        admin = authority.client(*ADMIN)
        made._write("admin.kubeconfig", made._kubeconfig(url, _by_certificate(admin)))
        manager = secrets.token_hex(16)
        made._write("manager.kubeconfig", made._kubeconfig(url, {"token": manager}))
        tokens = {made.token: ADMIN, manager: CONTROLLER_MANAGER}
        lines = [f'{token},{user},{user},"{group}"\n' for token, (user, group) in tokens.items()]
        made._write("tokens.csv", "".join(lines).encode())
        return made

    def file(self, name: str) -> Path:
        """A file of the directory."""
        return self.directory / name

    def _write(self, name: str, content: bytes) -> None:
        path = self.file(name)
        path.touch(mode=0o600)
        path.write_bytes(content)

    def _write_pair(self, name: str, pair: Pair) -> None:
        self._write(f"{name}.crt", pair.certificate)
        self._write(f"{name}.key", pair.key)

    def _kubeconfig(self, url: str, user: dict[str, str]) -> bytes:
        return kubeconfig(url, self.authority, user)


def kubeconfig(url: str, authority: str, user: dict[str, str]) -> bytes:
    """A kubeconfig of one cluster and one user, in JSON, which is YAML too.

    `authority` is PEM; empty where the server speaks plain HTTP.
    """
    trust = {"certificate-authority-data": _base64(authority.encode())} if authority else {}
    cluster = {"server": url, **trust}
    context = {"cluster": "kube", "user": "user", "namespace": "default"}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "kube", "cluster": cluster}],
            "users": [{"name": "user", "user": user}],
            "contexts": [{"name": "kube", "context": context}],
            "current-context": "kube",
        }
    ).encode()


def _by_certificate(pair: Pair) -> dict[str, str]:
    return {
        "client-certificate-data": _base64(pair.certificate),
        "client-key-data": _base64(pair.key),
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
