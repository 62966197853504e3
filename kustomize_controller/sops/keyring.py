"""All that a Kustomization has to open data keys with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kustomize_controller.sops.metadata import MasterKey, Metadata
from kustomize_controller.sops.service import KeyService
from kustomize_controller.sops.shamir import combined
from kustomize_controller.sops.value import SopsProblem
from shared.problem import Problem

_MISSING = {
    "age": "no entry ending in .agekey",
    "pgp": "no entry ending in .asc",
    "kms": "no entry sops.aws-kms",
    "gcp_kms": "no entry sops.gcp-kms",
    "azure_kv": "no entry sops.azure-kv",
    "hc_vault": "no entry sops.vault-token, and --sops-vault-configmap is not set",
}
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Keyring:
    """A service for each kind of master key that there are keys for. `digest`: of all that they
    were made of, so that two keyrings can be told from each other."""

    services: Mapping[str, KeyService] = field(repr=False, compare=False)
    digest: str = field(repr=False)

    async def data_key(self, metadata: Metadata) -> bytes:
        """The data key of a document. Raises SopsProblem with every key that was tried."""
        parts: list[bytes] = []
        faults: list[str] = []
        for number, group in enumerate(metadata.groups, start=1):
            try:
                parts.append(await self._part(group))
            except SopsProblem as problem:
                faults.append(
                    f"key group {number}: {problem}" if len(metadata.groups) > 1 else str(problem)
                )
            if len(parts) == metadata.threshold:
                break
        if len(parts) < metadata.threshold:
            raise SopsProblem(_told(metadata, len(parts), faults))
        return combined(parts) if len(metadata.groups) > 1 else parts[0]

    def beside(self, other: Keyring) -> Keyring:
        """This one, and what another one opens that this one does not."""
        return Keyring({**other.services, **self.services}, f"{self.digest} {other.digest}")

    async def _part(self, group: tuple[MasterKey, ...]) -> bytes:
        """What one group opens: by the first of its keys that does."""
        faults: list[str] = []
        for key in group:
            try:
                return await self._opened(key)
            except SopsProblem as problem:
                faults.append(f"{key}: {problem}")
        shown = faults[:_MOST_SHOWN] + (["..."] if len(faults) > _MOST_SHOWN else [])
        raise SopsProblem("; ".join(shown) or "it names no key")

    async def _opened(self, key: MasterKey) -> bytes:
        service = self.services.get(key.kind)
        if service is None:
            raise SopsProblem(f"the decryption Secret has {_MISSING[key.kind]}")
        try:
            return await service.open(key)
        except SopsProblem:
            raise
        except Problem as problem:
            raise SopsProblem(str(problem)) from problem


def _told(metadata: Metadata, opened: int, faults: list[str]) -> str:
    if len(metadata.groups) == 1:
        return f"no key opens it: {faults[0]}"
    return (
        f"{metadata.threshold} of {len(metadata.groups)} key groups have to be opened, and "
        f"{opened} can: {'; '.join(faults)}"
    )
