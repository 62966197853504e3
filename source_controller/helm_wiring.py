"""Which concrete things play the roles of the stories of HelmRepository and HelmChart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from shared.api.bucket import Bucket
from shared.api.git_repository import GitRepository
from shared.api.helm_chart import HelmChart, HelmChartStatus
from shared.api.helm_repository import HelmRepository, HelmRepositoryStatus
from shared.api.parsing import parse
from shared.cloud.web import WebService
from shared.cluster.cache import Cache
from shared.manifest.identity import Kind
from shared.runtime.assembly import assemble
from shared.runtime.controller import Controller
from shared.runtime.metric import Figure
from shared.runtime.subject import Subject
from source_controller import helm_chart, helm_repository
from source_controller.ground import Ground
from source_controller.helm.access import SecretAccess
from source_controller.helm.archive import Limits
from source_controller.helm.dependency import RepositoryDependencies
from source_controller.helm.index_cache import IndexCache
from source_controller.helm.known import KnownRepositories
from source_controller.helm.local import LocalBuilder
from source_controller.helm.remote import RemoteBuilder
from source_controller.helm.repository import Indexes
from source_controller.helm.settings import HelmSettings
from source_controller.helm.signature import ChartTrust
from source_controller.helm.source import ChartSources
from source_controller.helm.trigger import source_changed
from source_controller.helm.upstream import IndexUpstream
from source_controller.helm.web import Web
from source_controller.helm_chart import HelmChartReconciler
from source_controller.helm_repository import HelmRepositoryReconciler
from source_controller.oci.login import CloudLogins
from source_controller.settings import listed
from source_controller.signature.verifier import Verifier

HELM_REPOSITORY = Kind.parse(HelmRepository.naming.api_version, HelmRepository.naming.kind)
HELM_CHART = Kind.parse(HelmChart.naming.api_version, HelmChart.naming.kind)
SOURCES = (
    HELM_REPOSITORY,
    Kind.parse(GitRepository.naming.api_version, GitRepository.naming.kind),
    Kind.parse(Bucket.naming.api_version, Bucket.naming.kind),
)
# What an attempt may take beside looking at the other side.
STORING = timedelta(minutes=5)
BUILDING = timedelta(minutes=15)


def controllers(ground: Ground, component: str) -> list[Controller]:
    """The controllers of both kinds."""
    settings, clock = ground.settings, ground.site.clock
    indexes = Indexes(Web(clock), settings.helm_index_max_size)
    web = WebService()
    accesses = SecretAccess(
        ground.secrets, logins_of(ground, web), listed(settings.oci_token_hosts)
    )
    cache = cache_of(ground, settings)
    upstream = IndexUpstream(accesses, indexes, settings.artifact_digest_algo)
    repositories = HelmRepositoryReconciler(upstream, ground.shelf(HELM_REPOSITORY), cache)
    sources = {kind: ground.site.caches.of(kind) for kind in SOURCES}
    known = KnownRepositories(
        sources[HELM_REPOSITORY], accesses, indexes, ground.storage, cache, limits_of(settings)
    )
    charts = HelmChartReconciler(_chart_sources(ground, known, sources), ground.shelf(HELM_CHART))
    own = ground.own(HELM_CHART)
    return [
        assemble(
            ground.site,
            repository_subject(repositories, component),
            component=component,
            concurrent=settings.concurrent,
            always=(web, cache) if settings.helm_cache_max_size else (web,),
        ),
        assemble(
            ground.site,
            chart_subject(charts, component),
            component=component,
            concurrent=settings.concurrent,
            triggers=[source_changed(kind.kind, sources[kind], own) for kind in SOURCES],
            also=tuple(sources.values()),
        ),
    ]


def repository_subject(
    reconciler: HelmRepositoryReconciler, manager: str
) -> Subject[HelmRepository, HelmRepositoryStatus]:
    """HelmRepository, as the worker sees it."""
    return Subject(
        kind=HELM_REPOSITORY,
        parse=partial(parse, HelmRepository),
        status_of=lambda repo: repo.status,
        reconciler=reconciler,
        owned=helm_repository.OWNED,
        manager=manager,
        limit=lambda repo: repo.spec.timeout + STORING,
        retry=lambda _: None,
        is_static=lambda repo: repo.spec.is_registry,
    )


def chart_subject(
    reconciler: HelmChartReconciler, manager: str
) -> Subject[HelmChart, HelmChartStatus]:
    """HelmChart, as the worker sees it."""
    return Subject(
        kind=HELM_CHART,
        parse=partial(parse, HelmChart),
        status_of=lambda chart: chart.status,
        reconciler=reconciler,
        owned=helm_chart.OWNED,
        manager=manager,
        limit=lambda _: BUILDING,
        retry=lambda _: None,
    )


def logins_of(ground: Ground, web: WebService) -> CloudLogins:
    """The clouds that vouch for us at their registries."""
    return CloudLogins(ground.clouds(web), web, ground.site.clock)


def limits_of(settings: HelmSettings) -> Limits:
    """How large a chart may be."""
    return Limits(settings.helm_chart_max_size, settings.helm_chart_file_max_size)


def cache_of(ground: Ground, settings: HelmSettings) -> IndexCache:
    """The cache of indexes, with its figures shown."""
    cache = IndexCache(
        ground.site.clock,
        settings.helm_cache_max_size,
        settings.helm_cache_ttl,
        settings.helm_cache_purge_interval,
    )
    ground.site.metrics.watch(*figures(cache))
    return cache


def figures(cache: IndexCache) -> tuple[Figure, ...]:
    """What Flux's cache of indexes shows, under the same names."""
    return (
        Figure(
            "gotk_cache_events",
            "Look-ups of indexes of Helm repositories.",
            lambda: cache.events,
            ("event_type", "name", "namespace"),
            grows=True,
        ),
        Figure(
            "gotk_cached_items",
            "Indexes of Helm repositories that are remembered.",
            lambda: {"": len(cache)},
        ),
        Figure(
            "gotk_cache_requests",
            "Requests to the cache of indexes.",
            lambda: cache.requests,
            "status",
            grows=True,
        ),
        Figure(
            "gotk_cache_evictions",
            "Indexes that made way or became too old.",
            lambda: {"": cache.evictions},
            grows=True,
        ),
    )


def _chart_sources(
    ground: Ground, known: KnownRepositories, sources: Mapping[Kind, Cache]
) -> ChartSources:
    limits = known.limits
    return ChartSources(
        {kind.kind: cache for kind, cache in sources.items()},
        known,
        ground.storage,
        ChartTrust(ground.secrets, Verifier(ground.site.clock)),
        RemoteBuilder(limits),
        LocalBuilder(limits, RepositoryDependencies(known)),
        ground.settings.requeue_dependency,
    )
