"""What every controller of one process stands on."""

from __future__ import annotations

from dataclasses import dataclass

from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.discovery import Discovery
from shared.reconcile.clock import Clock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """The cluster, the clock and the common flags. `namespace`: where this process runs, for
    Leases and for `--watch-all-namespaces=false`."""

    client: Client
    discovery: Discovery
    caches: Caches
    clock: Clock
    metrics: Metrics
    settings: Settings
    namespace: str
