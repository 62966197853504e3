"""Acting in the name of a tenant's service account (reference flux.md 1.12)."""

from __future__ import annotations

import re

from shared.cluster.client import Client
from shared.cluster.error import Invalid

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def user_of(namespace: str, service_account: str) -> str:
    """The user name of a service account. Raises Invalid where the name is none that one could
    have: it comes from a tenant, and goes into a header."""
    if not _NAME.fullmatch(service_account):
        raise Invalid(f"{service_account!r} is not the name of a service account")
    return f"system:serviceaccount:{namespace}:{service_account}"


def acting_for(client: Client, namespace: str, *names: str) -> Client:
    """The client in the name of the first service account that is named: that of the object, then
    the default of the controller. It is looked for in the namespace of the object, never in another
    one. Where none is named, the controller acts as itself. Raises Invalid as `user_of` does."""
    name = next(filter(None, names), "")
    return client.impersonating(user_of(namespace, name)) if name else client
