"""Where the keys of a Kustomization come from: the Secret that it names, or that of all; and whom
key services know it as."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass, field

from kustomize_controller.decryption import Decryption
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.sops.key_entry import (
    Entries,
    Reach,
    digest_of,
    keyring_of,
    known_as,
    only_age,
)
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.vault_access import VaultAccess
from shared.api.adjustment import Decryption as DecryptionSpec
from shared.api.kustomization import Kustomization
from shared.cloud.identity import PROCESS, Identity
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Ref, section

_MOST = 64


@dataclass(frozen=True, slots=True)
class Custom:
    """What the flags say. `secret`: of `--sops-age-secret`; `account`: whom key services know those
    as who name nobody (`--default-decryption-service-account`); `ignore_mac`: changes since the
    encryption are not looked for."""

    secret: Ref | None = None
    account: str = ""
    ignore_mac: bool = False


@dataclass(slots=True)
class ClusterKeys:
    """Keys in the cluster, and identities. The Secret that a Kustomization names is read by its own
    account; the one of all by the controller, for all that name none. What a Secret does not open
    is asked of clouds: as the account that `spec.decryption` names, or as this process."""

    accounts: Accounts
    client: Client
    reach: Reach
    vaults: VaultAccess
    custom: Custom = Custom()
    _kept: dict[tuple[str, str], Keyring] = field(default_factory=dict)

    async def of(self, ks: Kustomization) -> Decryption | None:
        """How to decrypt, or None where nothing is to be decrypted. Raises KustomizationProblem."""
        decryption = ks.spec.decryption
        if decryption is None:
            return None
        own = await self._keyring_of(ks, decryption)
        identity = self._identity(ks.metadata.namespace, decryption)
        others = known_as(identity, self.reach, self.vaults.of(identity))
        return Decryption(own.beside(others), self.custom.ignore_mac)

    def _identity(self, namespace: str, decryption: DecryptionSpec) -> Identity:
        account = decryption.service_account_name or self.custom.account
        return Identity(namespace, account) if account else PROCESS

    async def _keyring_of(self, ks: Kustomization, decryption: DecryptionSpec) -> Keyring:
        if decryption.secret_ref is not None:
            ref = Ref("", "Secret", ks.metadata.namespace, decryption.secret_ref.name)
            entries = await _entries(self.accounts.client_of(ks), ref, "spec.decryption.secretRef")
            return await self._keyring(entries, str(ref))
        if (common := self.custom.secret) is not None:
            entries = only_age(await _entries(self.client, common, "--sops-age-secret"))
            return await self._keyring(entries, str(common))
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
