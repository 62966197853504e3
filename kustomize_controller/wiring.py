"""Who plays which role: the only file of this controller that knows concrete classes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from kustomize_controller.admission import Rules
from kustomize_controller.build import KustomizeBuilder
from kustomize_controller.cluster import TenantCluster
from kustomize_controller.configuration import CONFIG_MAP, SECRET, configuration_changed
from kustomize_controller.decryption_keys import ClusterKeys, Custom
from kustomize_controller.dependency import KUSTOMIZATION, ClusterDependencies
from kustomize_controller.feature import features
from kustomize_controller.figure import Rooms, figures
from kustomize_controller.impersonation import Accounts
from kustomize_controller.kustomization import KustomizationReconciler
from kustomize_controller.limit import attempt_limit, retry_after
from kustomize_controller.mark import MARKS, writer_of
from kustomize_controller.settings import KustomizeSettings
from kustomize_controller.sops.key_entry import Reach
from kustomize_controller.source import (
    GIT_REPOSITORY,
    OTHERS,
    ClusterSources,
    DownloadedArtifacts,
)
from kustomize_controller.trigger import (
    dependency_moved,
    kept_while_needed,
    source_changed,
    spec_changed,
)
from kustomize_controller.variables import ClusterVariables
from kustomize_controller.vault_access import VaultAccess
from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.api.parsing import parse
from shared.cloud.keep import Keep
from shared.cloud.service import CloudService
from shared.cloud.web import WebService
from shared.cluster.cache import Cache
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.cloud_access import CloudAccess
from shared.cluster.kubeconfig import Allowed
from shared.cluster.remote import Remotes
from shared.cluster.remote_access import RemoteReader
from shared.cluster.throttle import Throttle
from shared.manifest.identity import Kind, Ref
from shared.operation.drift import Drifts
from shared.operation.interruption import Interruptions
from shared.operation.memory import ApplyMemory
from shared.operation.place import Ground, Places
from shared.operation.pruning import Pruning
from shared.operation.rollout import Rollout
from shared.operation.watching import Watching
from shared.runtime.assembly import assemble
from shared.runtime.clouds import clouds_of
from shared.runtime.controller import Controller, Runnable, Trigger
from shared.runtime.download import DownloadService
from shared.runtime.program import program
from shared.runtime.site import Site
from shared.runtime.source_watch import SourceWatch
from shared.runtime.subject import Subject

NAME = "kustomize"
COMPONENT = "kustomize-controller"
STATUS_MANAGER = "gotk-kustomize-controller"

Rollouts = Callable[[Client, Caches], Rollout]

OWNED = frozenset({"Ready", "Reconciling", "Stalled", "Healthy"})


def build(site: Site, settings: KustomizeSettings) -> list[Controller]:
    """The controller of Kustomizations. Raises KustomizationProblem for flags that cannot be."""
    settings.check()
    kustomizations = site.caches.of(KUSTOMIZATION, labels=site.settings.watch_label_selector)
    repositories = site.caches.of(GIT_REPOSITORY)
    outlines = _outlines(site)
    downloads = DownloadService(site.clock, settings.http_retry, settings.artifact_hosts)
    web = WebService()
    clouds = clouds_of(site, web, objects=features(settings.feature_gates).object_identities)
    interruptions = Interruptions()
    drifts = Drifts(site.clock)
    rooms = Rooms(_builder(site, settings, clouds), drifts)
    site.metrics.watch(*figures(rooms))
    rollouts = _rollouts(site, settings, rooms)
    remotes = Remotes(site.clock, lambda client: _ground(site, client, rollouts), _throttle(site))
    home = Ground(site.client, rollouts(site.client, outlines), outlines)
    places = _places(site, settings, clouds, home, remotes)
    sources = {GIT_REPOSITORY: repositories}
    wakes = partial(source_changed, kustomizations=kustomizations, interruptions=interruptions)
    installed = _installed(site, outlines, sources, wakes)
    story = KustomizationReconciler(
        _rules(site, settings),
        _sources(site, settings, sources),
        _dependencies(site, settings, kustomizations),
        DownloadedArtifacts(downloads, settings.requeue_dependency),
        rooms.builder,
        _cluster(site, settings, places, interruptions, rooms),
        site.clock,
    )
    triggers: Sequence[Trigger] = (
        interruptions.heed,
        drifts.heed,
        installed.heed,
        wakes(repositories),
        *_own_triggers(kustomizations, interruptions, remotes),
        *_configuration_triggers(settings, outlines, kustomizations),
    )
    always = (downloads, outlines, remotes, installed, web)
    return [_controller(site, settings, story, triggers, always)]


def _controller(
    site: Site,
    settings: KustomizeSettings,
    story: KustomizationReconciler,
    triggers: Sequence[Trigger],
    always: Sequence[Runnable],
) -> Controller:
    return assemble(
        site,
        _subject(story),
        component=COMPONENT,
        concurrent=settings.concurrent,
        triggers=triggers,
        also=(site.caches.of(GIT_REPOSITORY),),
        always=always,
    )


def _own_triggers(
    kustomizations: Cache, interruptions: Interruptions, remotes: Remotes[Ground]
) -> Iterable[Trigger]:
    """Those of Kustomizations themselves."""
    yield dependency_moved(kustomizations)
    yield spec_changed(kustomizations, interruptions)
    yield kept_while_needed(kustomizations, remotes.release)


def _sources(site: Site, settings: KustomizeSettings, caches: dict[Kind, Cache]) -> ClusterSources:
    direct = features(settings.feature_gates).direct_sources
    return ClusterSources(site.client, {} if direct else caches, settings.requeue_dependency)


def _dependencies(
    site: Site, settings: KustomizeSettings, kustomizations: Cache
) -> ClusterDependencies:
    additive = features(settings.feature_gates).additive_dependency_check
    return ClusterDependencies(site.client, kustomizations, settings.requeue_dependency, additive)


def _cluster(
    site: Site,
    settings: KustomizeSettings,
    places: Places,
    interruptions: Interruptions,
    rooms: Rooms,
) -> TenantCluster:
    return TenantCluster(
        _rules(site, settings),
        places,
        Pruning(MARKS, settings.concurrent_ssa, rooms.done),
        Watching(site.clock, features(settings.feature_gates).fail_fast),
        interruptions,
        rooms.drifts,
    )


def _installed(
    site: Site, outlines: Caches, sources: dict[Kind, Cache], wakes: Callable[[Cache], Trigger]
) -> SourceWatch:
    """Watches the other kinds of source, as far as the cluster serves them."""

    def watch(kind: Kind) -> Trigger:
        sources[kind] = outlines.of(kind)
        return wakes(sources[kind])

    return SourceWatch(site.discovery, OTHERS, watch, site.clock)


def _outlines(site: Site) -> Caches:
    """What is live of what we apply. Caches of their own: their kinds come and go with what is
    applied, and that one of them is out of touch does not make the process blind."""
    where = "" if site.settings.watch_all_namespaces else site.namespace
    return Caches(site.client, site.clock, namespace=where)


def _builder(site: Site, settings: KustomizeSettings, clouds: CloudService) -> KustomizeBuilder:
    accounts = Accounts(site.client, _rules(site, settings))
    strict = features(settings.feature_gates).strict_substitutions
    logins = _named(site, "ConfigMap", settings.sops_vault_configmap)
    around = clouds.surroundings
    keys = ClusterKeys(
        accounts,
        site.client,
        Reach(around, clouds),
        VaultAccess(site.client, around, Keep(site.clock), logins),
        Custom(
            _named(site, "Secret", settings.sops_age_secret),
            settings.default_decryption_service_account,
            settings.sops_ignore_mac,
        ),
    )
    return KustomizeBuilder(ClusterVariables(accounts, strict), keys)


def _named(site: Site, kind: str, name: str) -> Ref | None:
    """An object of our own namespace that a flag names."""
    return Ref("", kind, site.namespace, name) if name else None


def _configuration_triggers(
    settings: KustomizeSettings, outlines: Caches, kustomizations: Cache
) -> list[Trigger]:
    """Those of ConfigMaps and Secrets. Only their metadata is watched: what is in them is read by
    the account of whoever refers to them."""
    if not features(settings.feature_gates).config_watchers:
        return []
    labels = settings.watch_configs_label_selector
    kinds = [outlines.of(kind, metadata_only=True, labels=labels) for kind in (CONFIG_MAP, SECRET)]
    return [configuration_changed(each, kustomizations) for each in kinds]


def _subject(story: KustomizationReconciler) -> Subject[Kustomization, KustomizationStatus]:
    return Subject(
        kind=KUSTOMIZATION,
        parse=lambda manifest: parse(Kustomization, manifest),
        status_of=lambda ks: ks.status,
        reconciler=story,
        owned=OWNED,
        manager=STATUS_MANAGER,
        limit=attempt_limit,
        retry=retry_after,
    )


def _rules(site: Site, settings: KustomizeSettings) -> Rules:
    early = settings.custom_apply_stage_kinds.split(",")
    return Rules(
        across_namespaces=not site.settings.no_cross_namespace_refs,
        default_account=settings.default_service_account,
        early_kinds=frozenset(filter(None, map(str.strip, early))),
        argo=settings.argo_annotations,
        external_artifacts=features(settings.feature_gates).external_artifacts,
        object_identities=features(settings.feature_gates).object_identities,
    )


def _places(
    site: Site,
    settings: KustomizeSettings,
    clouds: CloudService,
    home: Ground,
    remotes: Remotes[Ground],
) -> Places:
    allowed = Allowed(
        files=False,
        programs=settings.insecure_kubeconfig_exec,
        insecure=settings.insecure_kubeconfig_tls,
    )
    default = settings.default_kubeconfig_service_account
    return Places(
        home,
        RemoteReader(site.client, site.clock, allowed, default, CloudAccess(clouds)),
        remotes,
    )


def _ground(site: Site, client: Client, rollouts: Rollouts) -> Ground:
    """What is kept for another cluster. All its namespaces are watched, whatever is of ours."""
    outlines = Caches(client, site.clock)
    return Ground(client, rollouts(client, outlines), outlines)


def _rollouts(site: Site, settings: KustomizeSettings, rooms: Rooms) -> Rollouts:
    """How to apply to a cluster, and to remember it: one for each cluster."""
    writer = writer_of(settings.override_manager)
    watching = Watching(site.clock)
    chance = random.SystemRandom().random

    def rollout(client: Client, outlines: Caches) -> Rollout:
        memory = ApplyMemory(outlines, site.clock, writer, chance, rooms.drifts)
        rooms.memories.add(memory)
        most = settings.concurrent_ssa
        return Rollout(client.discovery, watching, memory, most, rooms.done)

    return rollout


def _throttle(site: Site) -> Callable[[], Throttle]:
    flags = site.settings
    return lambda: Throttle(site.clock, flags.kube_api_qps, flags.kube_api_burst)


PROGRAM = program(COMPONENT, KustomizeSettings, build)
