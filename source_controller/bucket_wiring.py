"""Which concrete things play the roles of a Bucket's story."""

from __future__ import annotations

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

from shared.api.bucket import Bucket, BucketStatus
from shared.api.parsing import parse
from shared.cloud.web import WebService
from shared.manifest.identity import Kind
from shared.runtime.assembly import assemble
from shared.runtime.controller import Controller
from shared.runtime.subject import Subject
from source_controller.bucket import OWNED, BucketReconciler
from source_controller.bucketry.access import SpecAccess
from source_controller.ground import Ground

BUCKET = Kind.parse(Bucket.naming.api_version, Bucket.naming.kind)
SCRATCH = ".objects"
# Listing and fetching may take the timeout of the spec each; then comes storing.
ERRANDS = 2
STORING = timedelta(minutes=5)


def controller(ground: Ground, component: str) -> Controller:
    """The controller of Buckets."""
    site, settings = ground.site, ground.settings
    web = WebService()
    clouds = ground.clouds(web)
    scratch = Path(settings.storage_path) / SCRATCH
    # What a process that was killed left behind.
    shutil.rmtree(scratch, ignore_errors=True)
    stores = SpecAccess(ground.secrets, clouds, clouds.surroundings, site.clock, scratch)
    story = BucketReconciler(stores, ground.shelf(BUCKET), settings.artifact_digest_algo)
    return assemble(
        site,
        subject_of(story, component),
        component=component,
        concurrent=settings.concurrent,
        always=(web,),
    )


def subject_of(reconciler: BucketReconciler, manager: str) -> Subject[Bucket, BucketStatus]:
    """Bucket, as the worker sees it."""
    return Subject(
        kind=BUCKET,
        parse=partial(parse, Bucket),
        status_of=lambda bucket: bucket.status,
        reconciler=reconciler,
        owned=OWNED,
        manager=manager,
        limit=lambda bucket: ERRANDS * bucket.spec.timeout + STORING,
        retry=lambda _: None,
    )
