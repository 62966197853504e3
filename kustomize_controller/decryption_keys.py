"""Where the keys of a Kustomization come from: the Secret that it names, or that of all."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass, field

from kustomize_controller.decryption import Decryption
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.sops.key_entry import Entries, Reach, digest_of, keyring_of, only_age
from kustomize_controller.sops.keyring import Keyring
from shared.api.kustomization import Kustomization
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Ref, section

_MOST = 64


@dataclass(slots=True)
class ClusterKeys:
    """Keys in the cluster. The Secret that a Kustomization names is read by its own account; the
    one of `--sops-age-secret` (`common`) by the controller, for all that name none."""

    accounts: Accounts
    client: Client
    reach: Reach
    common: Ref | None = None
    ignore_mac: bool = False
    _kept: dict[tuple[str, str], Keyring] = field(default_factory=dict)

    async def of(self, ks: Kustomization) -> Decryption | None:
        """How to decrypt, or None where nothing is to be decrypted. Raises KustomizationProblem."""
        keyring = await self._keyring_of(ks)
        return Decryption(keyring, self.ignore_mac) if keyring else None

    async def _keyring_of(self, ks: Kustomization) -> Keyring | None:
        decryption = ks.spec.decryption
        if decryption is None:
            return None
        if decryption.secret_ref is not None:
            ref = Ref("", "Secret", ks.metadata.namespace, decryption.secret_ref.name)
            entries = await _entries(self.accounts.client_of(ks), ref, "spec.decryption.secretRef")
            return await self._keyring(entries, str(ref))
        if self.common is not None:
            entries = only_age(await _entries(self.client, self.common, "--sops-age-secret"))
            return await self._keyring(entries, str(self.common))
        return Keyring({}, "")

    async def _keyring(self, entries: Entries, place: str) -> Keyring:
        """The keyring of a Secret. Reading keys takes a while, so the last ones are kept."""
        known = (place, digest_of(entries))
        found = self._kept.pop(known, None)
        if found is None:
            found = await asyncio.to_thread(keyring_of, entries, place, self.reach)
        self._kept[known] = found
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        return found


async def _entries(client: Client, ref: Ref, field_name: str) -> Entries:
    try:
        secret = await client.get(ref)
    except NotFound:
        raise KustomizationProblem(f"{field_name}: {ref} not found") from None
    except ClusterError as error:
        raise KustomizationProblem(f"{field_name}: {error}") from error
    try:
        data = section(secret, "data").items()
        return {name: base64.b64decode(str(value)) for name, value in data}
    except binascii.Error:
        raise KustomizationProblem(f"{field_name}: the data of {ref} is not base64") from None
