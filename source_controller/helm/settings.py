"""The flags of the source controller that are about Helm (reference flux.md 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.runtime.settings import flag

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HelmSettings:
    """Limits in bytes, and the cache of indexes."""

    helm_index_max_size: int = flag(
        50 * MIB, "The largest index of a Helm repository that is read, in bytes; 64 MiB at most."
    )
    helm_chart_max_size: int = flag(10 * MIB, "The largest packed chart that is read, in bytes.")
    helm_chart_file_max_size: int = flag(
        5 * MIB, "The largest file of a chart that is read, in bytes."
    )
    helm_cache_max_size: int = flag(
        0, "How many indexes of Helm repositories are remembered; 0: none."
    )
    helm_cache_ttl: timedelta = flag(
        timedelta(minutes=15), "How long an index is remembered that nobody asks for."
    )
    helm_cache_purge_interval: timedelta = flag(
        timedelta(minutes=1), "How often indexes are forgotten that are too old."
    )
