"""Tokens of service accounts, asked for when they are needed (the TokenRequest API)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from shared.cluster.access import AccessError, Identity
from shared.cluster.answer import object_in
from shared.cluster.client import Client
from shared.cluster.error import ClusterError
from shared.cluster.query import about
from shared.manifest.identity import Manifest, Ref, section, text
from shared.reconcile.clock import Clock

LIFE = 3600
"""Seconds that a token is asked for; the server may grant fewer."""

RENEWED_AT = 0.8
"""The part of its life after which a token is replaced (reference flux.md 1.3)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A service account, and for whom its tokens are."""

    namespace: str
    name: str
    audiences: Sequence[str]

    def __str__(self) -> str:
        return f"ServiceAccount/{self.namespace}/{self.name}"


class AccountCredential:
    """Who we are to another cluster that trusts this one's service accounts. `client`: of this
    cluster, with the right to `create serviceaccounts/token`."""

    def __init__(self, client: Client, account: Account, clock: Clock) -> None:
        self._client = client
        self._account = account
        self._clock = clock
        self._alone = asyncio.Lock()
        self._identity: Identity | None = None
        self._until = 0.0

    async def identity(self, *, fresh: bool = False) -> Identity:
        """A token that is good for a while. Raises AccessError where none is given."""
        async with self._alone:
            if self._identity is None or fresh or self._clock.monotonic() >= self._until:
                self._identity = await self._asked()
            return self._identity

    async def _asked(self) -> Identity:
        given = await issued(self._client, self._account, self._clock)
        self._until = self._clock.monotonic() + given.seconds * RENEWED_AT
        return Identity(f"Bearer {given.text}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A token of a service account, and for how many seconds it is good."""

    text: str = field(repr=False)
    seconds: float


async def issued(client: Client, account: Account, clock: Clock) -> Issued:
    """A fresh token of an account of the cluster that `client` speaks to. Raises AccessError."""
    try:
        status = section(await _request(client, account), "status")
    except ClusterError as error:
        raise AccessError(f"no token of {account}: {error}") from error
    token = text(status, "token")
    if not token:
        raise AccessError(f"no token of {account}: the answer holds none")
    return Issued(token, _life(status, clock))


async def _request(client: Client, account: Account) -> Manifest:
    ref = Ref("", "ServiceAccount", account.namespace, account.name)
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": list(account.audiences), "expirationSeconds": LIFE},
    }
    request = replace(
        await about(client.discovery, "create", ref, "token"), body=orjson.dumps(body)
    )
    return object_in(request, await client.connection.send(request))


def _life(status: Manifest, clock: Clock) -> float:
    try:
        end = datetime.fromisoformat(text(status, "expirationTimestamp"))
    except ValueError:
        return LIFE
    return (end - clock.now()).total_seconds()
