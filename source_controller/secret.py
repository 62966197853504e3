"""Secrets, read from the API server each time: they are not kept here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, section
from shared.problem import Problem


class Client(Protocol):
    """The API server (shared.cluster.client.Client)."""

    async def get(self, ref: Ref) -> Manifest:
        """An object. Raises ClusterError."""


class SecretProblem(Problem):
    """A Secret is missing, or a value of it is not what it should be. No value is ever quoted."""


@dataclass(frozen=True, slots=True)
class ClusterSecrets:
    """The Secrets of a cluster."""

    client: Client

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""
        try:
            manifest = await self.client.get(Ref("", "Secret", namespace, name))
        except NotFound:
            # In the words of Kubernetes, which Flux passes on.
            raise SecretProblem(f'secrets "{name}" not found') from None
        return {key: _text(key, value) for key, value in section(manifest, "data").items()}


def _text(key: str, value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode(errors="replace")
    except binascii.Error:
        raise SecretProblem(f"data.{key} is not base64") from None
