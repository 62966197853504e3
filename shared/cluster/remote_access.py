"""The way to another cluster, as an object of this one describes it: `spec.kubeConfig`
(reference flux.md 1.2 and 1.12).

Whoever writes such a Secret or ConfigMap is a tenant. So a kubeconfig is held to an allow-list, and
a token is always one of a service account of the tenant's own namespace: the controller's own
would be good for whatever the address in the ConfigMap makes of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import orjson
import yaml

from shared.api.reference import KubeConfigReference, LocalReference, SecretKeyReference
from shared.cloud.identity import Identity as Asker
from shared.cluster.access import Access, AccessError, Material
from shared.cluster.account_token import Account, AccountCredential
from shared.cluster.client import Client
from shared.cluster.cloud_access import CloudAccess, UnsupportedProvider
from shared.cluster.error import NotFound
from shared.cluster.impersonation import user_of
from shared.cluster.kubeconfig import USERS, Allowed, Reader
from shared.manifest.identity import Ref, section
from shared.reconcile.clock import Clock

KEYS = ("value", "value.yaml")
"""Where a kubeconfig is looked for in a Secret, unless the reference names the key."""

PROVIDERS = ("generic", "aws", "azure", "gcp")
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """The way to a cluster. `digest`: of all that it was made of; another one, another way."""

    digest: str
    access: Access = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoteReader:
    """Reads such references with the rights of `client`. `allowed`: what a kubeconfig may make us
    do; `default_account`: whose tokens are used where a ConfigMap names no account; `clouds`: the
    clusters that clouds run."""

    client: Client
    clock: Clock
    allowed: Allowed = USERS
    default_account: str = ""
    clouds: CloudAccess | None = None

    async def read(self, reference: KubeConfigReference, namespace: str) -> RemoteAccess:
        """The way that a reference of an object in `namespace` describes now. Raises ClusterError
        with the field, the object and the key; UnsupportedProvider where accounts of objects are
        not asked for."""
        if reference.secret_ref is not None:
            return await self._of_secret(reference.secret_ref, namespace)
        if reference.config_map_ref is not None:
            return await self._of_config_map(reference.config_map_ref, namespace)
        raise AccessError("spec.kubeConfig: neither secretRef nor configMapRef is set")

    async def _of_secret(self, reference: SecretKeyReference, namespace: str) -> RemoteAccess:
        ref = Ref("", "Secret", namespace, reference.name)
        place = f"spec.kubeConfig.secretRef: {ref}"
        data = await self._data(ref, place)
        wanted = (reference.key,) if reference.key else KEYS
        key = next((one for one in wanted if one in data), "")
        if not key:
            raise AccessError(f"{place} has no key {' or '.join(map(repr, wanted))}")
        content = _decoded(data[key], f"{place}, key {key!r}")
        if len(content) > _MOST_BYTES:
            raise AccessError(f"{place}, key {key!r}: a kubeconfig has at most 1 MiB")
        access = Reader(f"{place}, key {key!r}", self.clock, self.allowed).read(content)
        return RemoteAccess(sha256(content).hexdigest(), access)

    async def _of_config_map(self, reference: LocalReference, namespace: str) -> RemoteAccess:
        ref = Ref("", "ConfigMap", namespace, reference.name)
        place = f"spec.kubeConfig.configMapRef: {ref}"
        data = await self._data(ref, place)
        provider = _provider(data.get("provider", ""), place)
        name = self._account(data, place)
        if provider == "generic":
            access, told = self._generic(data, Account(namespace, name, ()), place)
        elif self.clouds is not None:
            access = await self.clouds.read(provider, data, Asker(namespace, name), place)
            told = [provider, data.get("cluster", "")]
        else:
            raise UnsupportedProvider(f"{place}: the clusters of clouds are not reached from here")
        # Who has the token is a part of the way: another namespace is another tenant.
        whole = [namespace, name, access.server, access.ca.data.decode("utf-8", "replace"), *told]
        return RemoteAccess(sha256(orjson.dumps(whole)).hexdigest(), access)

    def _generic(
        self, data: Mapping[str, str], account: Account, place: str
    ) -> tuple[Access, list[str]]:
        """The way to a cluster that takes our own tokens, and whom those are for."""
        address = data.get("address", "").rstrip("/")
        if not address.startswith("https://"):
            raise AccessError(f"{place}: address has to be the https:// URL of an API server")
        audiences = _audiences(data.get("audiences", ""), place) or (data["address"],)
        credential = AccountCredential(
            self.client, replace(account, audiences=audiences), self.clock
        )
        return Access(address, credential, Material(data.get("ca.crt", "").encode())), [*audiences]

    def _account(self, data: Mapping[str, str], place: str) -> str:
        name = data.get("serviceAccountName", "") or self.default_account
        if not name:
            raise AccessError(
                f"{place}: serviceAccountName is missing. The controller's own token is never sent "
                "to an address that a ConfigMap names; name an account of this namespace, or set "
                "--default-kubeconfig-service-account"
            )
        user_of("default", name)
        return name

    async def _data(self, ref: Ref, place: str) -> dict[str, str]:
        try:
            found = await self.client.get(ref)
        except NotFound:
            raise AccessError(f"{place} not found") from None
        return {key: str(value) for key, value in section(found, "data").items()}


def _provider(said: str, place: str) -> str:
    if said not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        raise AccessError(f"{place}: provider {said[:64]!r} is none of {known}")
    return said


def _audiences(said: str, place: str) -> tuple[str, ...]:
    """A list in YAML, as Flux has it, or one a line. Raises AccessError."""
    try:
        found = yaml.load(said, yaml.CSafeLoader)
    except yaml.YAMLError:
        raise AccessError(f"{place}: audiences is not YAML") from None
    listed = found if isinstance(found, list) else said.split()
    if not all(isinstance(one, str) and one for one in listed):
        raise AccessError(f"{place}: audiences has to be a list of texts")
    return tuple(listed)


def _decoded(value: str, place: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise AccessError(f"{place} is not base64") from None
