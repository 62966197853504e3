"""Where objects are applied to: our own cluster, or the one of `spec.kubeConfig`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.api.reference import KubeConfigReference
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.cloud_access import UnsupportedProvider
from shared.cluster.error import ClusterError, Forbidden, NotFound
from shared.cluster.impersonation import acting_for
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteAccess, RemoteReader
from shared.manifest.identity import Kind, Ref
from shared.operation.problem import OperationProblem
from shared.operation.rollout import Rollout
from shared.operation.tenant import Tenant
from shared.reconcile.failure import Stalled

_ACCOUNT = Kind("", "v1", "ServiceAccount")


@dataclass(frozen=True, slots=True)
class Ground:
    """What is kept for one cluster: what was applied there is remembered and watched there.
    `client`: with the rights that the kubeconfig gives, or with the controller's own."""

    client: Client
    rollout: Rollout
    outlines: Caches

    async def run(self) -> None:
        """Watch until cancelled."""
        await self.outlines.run()


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster as one tenant may act on it. `client`: in the name of its account; `outlines`: what
    is watched there, in ours."""

    client: Client
    rollout: Rollout
    outlines: Caches


@dataclass(frozen=True, slots=True)
class Places:
    """The clusters that are applied to. `home`: our own."""

    home: Ground
    reader: RemoteReader
    remotes: Remotes[Ground]

    @asynccontextmanager
    async def of(self, tenant: Tenant) -> AsyncIterator[Place]:
        """The place of a tenant, which is there while inside. Raises ClusterError where the way to
        it cannot be read, and Stalled where it never will be."""
        if tenant.kube_config is None:
            self.remotes.release(tenant.owner)
            yield _as(self.home, tenant)
            return
        way = await self._way(tenant.kube_config, tenant)
        async with self.remotes.using(way, tenant.owner) as ground:
            yield _as(ground, tenant)

    async def has_account(self, tenant: Tenant) -> bool:
        """Whether the account is there, in the cluster that is applied to. Raises a Problem where
        nobody knows: that it is gone has to be certain before anything is left behind."""
        if tenant.kube_config is None:
            return await _is_there(self.home.client, tenant)
        try:
            way = await self._way(tenant.kube_config, tenant)
            async with self.remotes.using(way, tenant.owner) as ground:
                return await _is_there_as_far_as_is_seen(ground.client, tenant)
        except ClusterError as error:
            raise OperationProblem(
                f"{error}. What was applied to that cluster stays, and so does this object, until "
                "the cluster can be reached; set spec.deletionPolicy: Orphan to let go of it"
            ) from error

    async def _way(self, reference: KubeConfigReference, tenant: Tenant) -> RemoteAccess:
        try:
            return await self.reader.read(reference, tenant.owner.namespace)
        except UnsupportedProvider as error:
            raise Stalled("FeatureGateDisabled", str(error)) from error


def _as(ground: Ground, tenant: Tenant) -> Place:
    """The account is always one of the tenant's own namespace; whether it exists is for the API
    server to say."""
    client = acting_for(ground.client, tenant.owner.namespace, tenant.account)
    return Place(client, ground.rollout, ground.outlines)


async def _is_there_as_far_as_is_seen(client: Client, tenant: Tenant) -> bool:
    """Asked with the rights of the kubeconfig. Where those do not reach, it is for the API server
    to say when something is done in the name of the account."""
    client.discovery.forget("")  # at the least, find out whether somebody answers
    await client.discovery.resource_of(_ACCOUNT)
    try:
        return await _is_there(client, tenant)
    except Forbidden:
        return True


async def _is_there(client: Client, tenant: Tenant) -> bool:
    if not tenant.account:
        return True
    try:
        await client.get(Ref("", _ACCOUNT.kind, tenant.owner.namespace, tenant.account))
    except NotFound:
        return False
    return True
