"""The clouds, as a controller reaches them."""

from __future__ import annotations

import os

from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import WebService
from shared.cluster.workload import WorkloadAccounts
from shared.runtime.site import Site

GATE = "ObjectLevelWorkloadIdentity"
"""The feature gate that lets objects name the service account that a cloud is asked as. On, unless
it is set to false; in Flux it is the other way round."""


def clouds_of(
    site: Site, web: WebService, *, objects: bool = True, default_account: str = ""
) -> CloudService:
    """Who gives credentials to the controllers of a program, which has to `run` the `web`.
    `objects`: whether the feature gate is on; `default_account`: whom clouds know an object as
    that names nobody."""
    accounts = WorkloadAccounts(site.client, site.clock)
    service = CloudService(
        Surroundings(web, site.clock, accounts, os.environ),
        most=site.settings.token_cache_max_size,
        longest=site.settings.token_cache_max_duration,
        objects=objects,
        default_account=default_account,
    )
    for kept in service.kept:
        site.metrics.watch_tokens(kept)
    return service
