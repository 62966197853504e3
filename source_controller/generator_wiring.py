"""Which concrete things play the roles of an ArtifactGenerator's story."""

from __future__ import annotations

import shutil
from pathlib import Path

from shared.api.artifact_generator import ArtifactGenerator, ArtifactGeneratorStatus
from shared.cluster.cache import Cache
from shared.manifest.identity import Kind
from shared.runtime.assembly import assemble
from shared.runtime.controller import Controller
from shared.runtime.download import DownloadService
from shared.runtime.subject import Subject
from source_controller.artifact_generator import (
    FINALIZER,
    ArtifactGeneratorReconciler,
    Generator,
    read,
)
from source_controller.feature import features
from source_controller.generator.product import EXTERNAL_ARTIFACT, MANAGER
from source_controller.generator.showroom import Showroom
from source_controller.generator.supply import ClusterSupply
from source_controller.generator.trigger import product_moved, source_changed
from source_controller.generator.workshop import Workshop
from source_controller.ground import Ground

SCRATCH = ".files"
ARTIFACT_GENERATOR = Kind.parse(ArtifactGenerator.naming.api_version, ArtifactGenerator.naming.kind)


def controller(ground: Ground, component: str) -> Controller:
    """The controller of ArtifactGenerators. For the end: what has a shelf by then can be a source
    of theirs."""
    site, settings = ground.site, ground.settings
    # A shard is known by the labels of its generators: their artifacts need not carry them.
    shelf = ground.shelf(EXTERNAL_ARTIFACT, of_all=True)
    products = ground.sources[EXTERNAL_ARTIFACT]
    downloads = DownloadService(site.clock, settings.http_retry, settings.artifact_hosts)
    scratch = Path(settings.storage_path) / SCRATCH
    # What a process that was killed left behind.
    shutil.rmtree(scratch, ignore_errors=True)
    supply = ClusterSupply(
        site.client,
        {} if features(settings.feature_gates).direct_sources else ground.sources,
        downloads,
        settings.requeue_dependency,
        scratch,
    )
    story = ArtifactGeneratorReconciler(
        supply,
        Workshop(shelf, products, scratch),
        Showroom(site.client, products, site.clock),
        across_namespaces=not site.settings.no_cross_namespace_refs,
    )
    generators = ground.own(ARTIFACT_GENERATOR)
    return assemble(
        site,
        subject_of(story, ground),
        component=component,
        concurrent=settings.concurrent,
        triggers=(
            product_moved(products),
            *(source_changed(cache, generators) for cache in ground.sources.values()),
        ),
        also=_others(ground),
        always=(downloads,),
    )


def subject_of(
    story: ArtifactGeneratorReconciler, ground: Ground
) -> Subject[Generator, ArtifactGeneratorStatus]:
    """ArtifactGenerator, as the worker sees it."""
    limit = ground.settings.reconciliation_timeout
    return Subject(
        kind=ARTIFACT_GENERATOR,
        parse=read,
        status_of=lambda generator: generator.status,
        reconciler=story,
        owned=frozenset(),
        manager=MANAGER,
        limit=lambda _: limit,
        retry=lambda _: None,
        finalizer=FINALIZER,
    )


def _others(ground: Ground) -> tuple[Cache, ...]:
    return tuple(ground.sources.values())
