"""For whom a cluster is acted on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.api.reference import KubeConfigReference
from shared.reconcile.key import Key


@dataclass(frozen=True, slots=True)
class Tenant:
    """The owner of objects. `account`: the service account of its own namespace in whose name all
    is done, empty for the controller's own rights; `kube_config`: the way to another cluster."""

    owner: Key
    account: str = ""
    kube_config: KubeConfigReference | None = None
