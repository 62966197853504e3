"""Where a Kustomization is applied to: our own cluster, or the one of `spec.kubeConfig`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kustomize_controller.admission import account_of
from kustomize_controller.impersonation import Accounts
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.rollout import Rollout
from kustomize_controller.trigger import Watched
from shared.api.kustomization import Kustomization
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, Forbidden, NotFound
from shared.cluster.impersonation import acting_for
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteAccess, RemoteReader, UnsupportedProvider
from shared.manifest.identity import Kind, Manifest, Ref, section
from shared.reconcile.failure import Stalled
from shared.runtime.controller import Trigger, key_of
from shared.runtime.queue import Key, Queue

_ACCOUNT = Kind("", "v1", "ServiceAccount")


@dataclass(frozen=True, slots=True)
class Ground:
    """What is kept for one other cluster: what was applied there is remembered and watched there.
    `client`: with the rights that the kubeconfig gives."""

    client: Client
    rollout: Rollout
    outlines: Caches

    async def run(self) -> None:
        """Watch until cancelled."""
        await self.outlines.run()


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster as one Kustomization may act on it. `client`: in the name of its account."""

    client: Client
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class Places:
    """The clusters that Kustomizations are applied to. `rollout`: for our own."""

    accounts: Accounts
    rollout: Rollout
    reader: RemoteReader
    remotes: Remotes[Ground]

    @asynccontextmanager
    async def of(self, ks: Kustomization) -> AsyncIterator[Place]:
        """The place of a Kustomization, which is there while inside. Raises ClusterError where the
        way to it cannot be read, and Stalled where it never will be."""
        key = Key(ks.metadata.namespace, ks.metadata.name)
        if ks.spec.kube_config is None:
            self.remotes.release(key)
            yield Place(self.accounts.client_of(ks), self.rollout)
            return
        async with self.remotes.using(await self._way(ks), key) as ground:
            account = account_of(ks, self.accounts.rules)
            client = acting_for(ground.client, ks.metadata.namespace, account)
            yield Place(client, ground.rollout)

    async def has_account(self, ks: Kustomization) -> bool:
        """Whether the account is there, in the cluster that is applied to. Raises a Problem where
        nobody knows: that it is gone has to be certain before anything is left behind."""
        if ks.spec.kube_config is None:
            return await self.accounts.exists(ks)
        key = Key(ks.metadata.namespace, ks.metadata.name)
        try:
            async with self.remotes.using(await self._way(ks), key) as ground:
                return await self._is_there(ground.client, ks)
        except ClusterError as error:
            raise KustomizationProblem(
                f"{error}. What was applied to that cluster stays, and so does this Kustomization, "
                "until the cluster can be reached; set spec.deletionPolicy: Orphan to let go of it"
            ) from error

    async def _way(self, ks: Kustomization) -> RemoteAccess:
        if ks.spec.kube_config is None:
            raise AssertionError("there is no way to another cluster")
        try:
            return await self.reader.read(ks.spec.kube_config, ks.metadata.namespace)
        except UnsupportedProvider as error:
            raise Stalled("FeatureGateDisabled", str(error)) from error

    async def _is_there(self, client: Client, ks: Kustomization) -> bool:
        """Asked with the rights of the kubeconfig. Where those do not reach, it is for the API
        server to say when something is done in the name of the account."""
        client.discovery.forget("")  # at the least, find out whether somebody answers
        await client.discovery.resource_of(_ACCOUNT)
        account = account_of(ks, self.accounts.rules)
        if not account:
            return True
        try:
            await client.get(Ref("", _ACCOUNT.kind, ks.metadata.namespace, account))
        except NotFound:
            return False
        except Forbidden:
            return True
        return True


def kept_while_needed(kustomizations: Watched, remotes: Remotes[Ground]) -> Trigger:
    """A trigger that wakes nothing: who names no cluster any more, or is gone, holds none."""

    def subscribe(_: Queue) -> None:
        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if not section(section(new or {}, "spec"), "kubeConfig"):
                remotes.release(key_of(new or old or {}))

        kustomizations.subscribe(listener)

    return subscribe
