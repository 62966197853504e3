"""Acting in the name of a tenant's service account (reference flux.md 1.12)."""

from __future__ import annotations

from shared.cluster.client import Client


def user_of(namespace: str, service_account: str) -> str:
    """The user name of a service account."""
    return f"system:serviceaccount:{namespace}:{service_account}"


def acting_for(client: Client, namespace: str, *names: str) -> Client:
    """The client in the name of the first service account that is named: that of the object, then
    the default of the controller. It is looked for in the namespace of the object, never in another
    one. Where none is named, the controller acts as itself."""
    name = next(filter(None, names), "")
    return client.impersonating(user_of(namespace, name)) if name else client
