"""Who opens data keys: the private keys that are at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from kustomize_controller.sops import age, openpgp
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.openpgp_key import Subkey


class KeyService(Protocol):
    """Opens data keys that were sealed for one kind of master key."""

    async def open(self, key: MasterKey) -> bytes:
        """The data key. Raises a Problem, which says nothing of any private key."""


@dataclass(frozen=True, slots=True)
class AgeKeys:
    """Private keys of age."""

    identities: Sequence[age.Identity] = field(repr=False)

    async def open(self, key: MasterKey) -> bytes:
        """The data key, by the first identity that fits."""
        return await asyncio.to_thread(age.opened, key.sealed, self.identities)


@dataclass(frozen=True, slots=True)
class OpenPgpKeys:
    """Private keys of OpenPGP."""

    subkeys: tuple[Subkey, ...] = field(repr=False)

    async def open(self, key: MasterKey) -> bytes:
        """The data key, by the key that the message names."""
        return await asyncio.to_thread(openpgp.opened, key.sealed, self.subkeys)
