"""Who plays which role: the only file of this controller that knows concrete classes."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from helm_controller.admission import Rules, tenant_of
from helm_controller.chart_shelf import ChartShelf
from helm_controller.chart_source import KINDS, ClusterSources
from helm_controller.chart_template import ChartTemplates
from helm_controller.clusters import Clusters
from helm_controller.dependency import HELM_RELEASE, ClusterDependencies
from helm_controller.engine import Limits
from helm_controller.engine_program import MIB, program_of
from helm_controller.feature import features
from helm_controller.figure import Rooms, figures
from helm_controller.hand import writer_of
from helm_controller.helm_release import HelmReleaseReconciler
from helm_controller.kitchens import Kitchens
from helm_controller.memory_watch import watches
from helm_controller.release_record import OWNER
from helm_controller.releases import Releases
from helm_controller.render_service import RenderService
from helm_controller.settings import HelmSettings
from helm_controller.standing import Standings, begins, wakes
from helm_controller.terms import Defaults, attempt_limit
from helm_controller.trigger import (
    CONFIG_MAP,
    SECRET,
    begun,
    configuration_changed,
    dependency_moved,
    kept_while_needed,
    recorded,
    source_changed,
    spec_changed,
)
from helm_controller.values_from import ClusterValues
from helm_controller.workplace import AT_ONCE
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.api.parsing import parse
from shared.cloud.web import WebService
from shared.cluster.cache import Cache
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.cloud_access import CloudAccess
from shared.cluster.impersonation import acting_for
from shared.cluster.kubeconfig import Allowed
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteReader
from shared.cluster.throttle import Throttle
from shared.manifest.identity import Kind
from shared.operation.drift import Drifts
from shared.operation.interruption import Interruptions
from shared.operation.memory import ApplyMemory
from shared.operation.place import Ground, Places
from shared.operation.rollout import Rollout
from shared.operation.watching import Watching
from shared.reconcile.pace import jittered
from shared.runtime.assembly import assemble
from shared.runtime.clouds import clouds_of
from shared.runtime.controller import Controller, Runnable, Trigger
from shared.runtime.download import DownloadService
from shared.runtime.program import program
from shared.runtime.site import Site
from shared.runtime.source_watch import SourceWatch
from shared.runtime.subject import Subject

NAME = "helm"
COMPONENT = "helm-controller"

OWNED = frozenset({"Released", "Remediated", "TestSuccess", "Drifted"})


def build(site: Site, settings: HelmSettings) -> list[Controller]:
    """The controller of HelmReleases. Raises HelmError for flags that cannot be."""
    settings.check()
    releases = site.caches.of(HELM_RELEASE, labels=site.settings.watch_label_selector)
    outlines = _outlines(site)
    downloads = DownloadService(site.clock, settings.http_retry, settings.artifact_hosts)
    web = WebService()
    engine = _engine(site, settings)
    drifts = Drifts(site.clock)
    remotes = _remotes(site, settings, drifts)
    home = _ground(site, settings, drifts, site.client, outlines)
    places = Places(home, _reader(site, settings, web), remotes)
    standings = Clusters(Standings)
    charts = _charts(settings, downloads)
    site.metrics.watch(*figures(Rooms(engine, charts, standings, drifts)))
    sources: dict[Kind, Cache] = {}
    interruptions = Interruptions()
    installed = _installed(site, outlines, sources, releases, interruptions)
    there = Releases(
        _rules(site, settings), places, Kitchens(engine, engine.door).of, standings.of,
        interruptions, site.clock, _defaults(settings),
    )  # fmt: skip
    story = HelmReleaseReconciler(
        _rules(site, settings),
        ChartTemplates(site.client, _shown(settings, sources)),
        _dependencies(site, settings, releases),
        _sources(site, settings, sources),
        ClusterValues(lambda hr: _tenant_client(site, settings, hr)),
        charts,
        there,
        interruptions,
        site.clock,
        features(settings.feature_gates).retries,
        settings.snapshot_digest_algo,
        _spread(site),
    )
    triggers = (
        installed.heed,
        drifts.heed,
        *_record_triggers(outlines, releases, standings.of(site.client)),
        *_own_triggers(releases, interruptions, remotes),
        *_configuration_triggers(settings, outlines, releases, interruptions),
    )
    always = (downloads, outlines, remotes, installed, web, engine)
    return [_controller(site, settings, story, triggers, always)]


def _controller(
    site: Site,
    settings: HelmSettings,
    story: HelmReleaseReconciler,
    triggers: Sequence[Trigger],
    always: Sequence[Runnable],
) -> Controller:
    return assemble(
        site,
        _subject(story),
        component=COMPONENT,
        concurrent=settings.concurrent,
        triggers=triggers,
        always=always,
        everywhere=watches(settings, site.clock),
    )


def _record_triggers(outlines: Caches, releases: Cache, standings: Standings) -> Iterable[Trigger]:
    """Those of Helm's records, which others may write too."""
    records = outlines.of(SECRET, metadata_only=True, labels=f"owner={OWNER}")
    yield recorded(records, releases, wakes(standings))
    yield begun(records, releases, begins(standings))


def _own_triggers(
    releases: Cache, interruptions: Interruptions, remotes: Remotes[Ground]
) -> Iterable[Trigger]:
    yield dependency_moved(releases)
    yield spec_changed(releases, interruptions)
    yield kept_while_needed(releases, remotes.release)


def _subject(story: HelmReleaseReconciler) -> Subject[HelmRelease, HelmReleaseStatus]:
    return Subject(
        kind=HELM_RELEASE,
        parse=lambda manifest: parse(HelmRelease, manifest),
        status_of=lambda hr: hr.status,
        reconciler=story,
        owned=OWNED,
        manager=COMPONENT,
        limit=attempt_limit,
        retry=lambda _: None,
    )


def _rules(site: Site, settings: HelmSettings) -> Rules:
    return Rules(
        across_namespaces=not site.settings.no_cross_namespace_refs,
        default_account=settings.default_service_account,
        external_artifacts=features(settings.feature_gates).external_artifacts,
    )


def _defaults(settings: HelmSettings) -> Defaults:
    chosen = features(settings.feature_gates)
    return Defaults(helm3=chosen.helm3, retries=chosen.retries)


def _tenant_client(site: Site, settings: HelmSettings, hr: HelmRelease) -> Client:
    tenant = tenant_of(hr, _rules(site, settings))
    return acting_for(site.client, tenant.owner.namespace, tenant.account)


def _charts(settings: HelmSettings, downloads: DownloadService) -> ChartShelf:
    tracks = features(settings.feature_gates).chart_digests
    return ChartShelf(downloads, settings.requeue_dependency, tracks=tracks)


def _sources(site: Site, settings: HelmSettings, caches: dict[Kind, Cache]) -> ClusterSources:
    return ClusterSources(site.client, _shown(settings, caches), settings.requeue_dependency)


def _shown(settings: HelmSettings, caches: dict[Kind, Cache]) -> dict[Kind, Cache]:
    """The kinds of source of which a watch is believed."""
    return {} if features(settings.feature_gates).direct_sources else caches


def _dependencies(site: Site, settings: HelmSettings, releases: Cache) -> ClusterDependencies:
    additive = features(settings.feature_gates).additive_dependency_check
    return ClusterDependencies(site.client, releases, settings.requeue_dependency, additive)


def _installed(
    site: Site,
    outlines: Caches,
    sources: dict[Kind, Cache],
    releases: Cache,
    interruptions: Interruptions,
) -> SourceWatch:
    """Watches the kinds of source, as far as the cluster serves them."""

    def watch(kind: Kind) -> Trigger:
        sources[kind] = outlines.of(kind)
        return source_changed(sources[kind], releases, interruptions)

    return SourceWatch(site.discovery, KINDS, watch, site.clock)


def _outlines(site: Site) -> Caches:
    """What is live of what we release. Caches of their own: their kinds come and go with what is
    released, and that one of them is out of touch does not make the process blind."""
    where = "" if site.settings.watch_all_namespaces else site.namespace
    return Caches(site.client, site.clock, namespace=where)


def _configuration_triggers(
    settings: HelmSettings, outlines: Caches, releases: Cache, interruptions: Interruptions
) -> list[Trigger]:
    """Those of ConfigMaps and Secrets. Only their metadata is watched: what is in them is read by
    the account of whoever refers to them."""
    if not features(settings.feature_gates).config_watchers:
        return []
    labels = settings.watch_configs_label_selector
    kinds = [outlines.of(kind, metadata_only=True, labels=labels) for kind in (CONFIG_MAP, SECRET)]
    return [configuration_changed(each, releases, interruptions) for each in kinds]


def _reader(site: Site, settings: HelmSettings, web: WebService) -> RemoteReader:
    """What reads the ways to other clusters."""
    allowed = Allowed(
        files=False,
        programs=settings.insecure_kubeconfig_exec,
        insecure=settings.insecure_kubeconfig_tls,
    )
    default = settings.default_kubeconfig_service_account
    identities = features(settings.feature_gates).object_identities
    clouds = clouds_of(site, web, objects=identities)
    return RemoteReader(site.client, site.clock, allowed, default, CloudAccess(clouds))


def _remotes(site: Site, settings: HelmSettings, drifts: Drifts) -> Remotes[Ground]:
    """Other clusters. All their namespaces are watched, whatever is of ours."""

    def ground(client: Client) -> Ground:
        return _ground(site, settings, drifts, client, Caches(client, site.clock))

    return Remotes(site.clock, ground, _throttle(site))


def _ground(
    site: Site, settings: HelmSettings, drifts: Drifts, client: Client, outlines: Caches
) -> Ground:
    """What is kept for a cluster: how drift is put right in it, and what of ours is there."""
    chance, writer = random.SystemRandom().random, writer_of(settings.override_manager)
    memory = ApplyMemory(outlines, site.clock, writer, chance, drifts)
    rollout = Rollout(client.discovery, Watching(site.clock), memory, AT_ONCE)
    return Ground(client, rollout, outlines)


def _spread(site: Site) -> Callable[[timedelta], timedelta]:
    chance, most = random.SystemRandom().random, site.settings.interval_jitter_percentage
    return lambda pause: jittered(pause, chance(), most)


def _engine(site: Site, settings: HelmSettings) -> RenderService:
    names = features(settings.feature_gates).names
    program = program_of(settings.helm_engine, os.environ)
    return RenderService(_limits(settings), site.clock, program, names=names)


def _limits(settings: HelmSettings) -> Limits:
    return Limits(
        workers=settings.render_workers,
        memory=settings.render_memory * MIB,
        time=settings.render_timeout,
    )


def _throttle(site: Site) -> Callable[[], Throttle]:
    flags = site.settings
    return lambda: Throttle(site.clock, flags.kube_api_qps, flags.kube_api_burst)


PROGRAM = program(COMPONENT, HelmSettings, build)
