"""From a subject and the flags to a controller that runs."""

from __future__ import annotations

import random
from collections.abc import Sequence

from shared.cluster.cache import Cache
from shared.cluster.event import EventRecorder
from shared.cluster.register import ObjectRegister
from shared.reconcile.condition import FIRST
from shared.reconcile.pace import Backoff
from shared.runtime.controller import Controller, Runnable, Trigger, key_of, wants_attention
from shared.runtime.queue import Queue
from shared.runtime.recent import Recent
from shared.runtime.site import Site
from shared.runtime.subject import Learned, Resource, Subject
from shared.runtime.worker import Pace, Surroundings, Worker


def assemble(  # noqa: PLR0913 - the parts of one whole, each named at the call
    site: Site,
    subject: Subject[Resource, Learned],
    *,
    component: str,
    concurrent: int,
    triggers: Sequence[Trigger] = (),
    also: Sequence[Cache] = (),
    always: Sequence[Runnable] = (),
    everywhere: Sequence[Runnable] = (),
) -> Controller:
    """The controller of one kind.

    `component`: who it is in Leases and Events, such as `source-controller`; `concurrent`: how many
    objects are worked on at once; `triggers`: what wakes its objects besides their own changes;
    `also`: caches that must be level before the first reconciliation; `always`: what runs beside
    the workers; `everywhere`: what runs in every replica, leader or not.
    """
    cache = own_cache(site, subject)
    queue = Queue()
    site.metrics.watch_queue(subject.kind.kind, queue)
    recorder = EventRecorder(site.client, component, site.clock, site.settings.events_addr)
    # Whatever a kind has of its own, the worker says Ready, Reconciling and Stalled.
    owned = subject.owned | frozenset(FIRST)
    register = ObjectRegister(
        cache, site.client, subject.kind, subject.manager, owned, subject.finalizer
    )
    around = Surroundings(register, recorder, site.metrics, site.clock, _pace(site))
    recent = Recent()
    workers = [Worker(subject, queue, around, recent) for _ in range(concurrent)]
    return Controller(
        kind=subject.kind.kind,
        lease=component,
        queue=queue,
        workers=workers,
        triggers=(own_changes(cache), caught_up(cache, recent), *triggers),
        caches=(cache, *also),
        always=(recorder, *always),
        everywhere=everywhere,
    )


def own_cache(site: Site, subject: Subject[Resource, Learned]) -> Cache:
    """The cache of the objects that this process reconciles, as the flags narrow them."""
    return site.caches.of(subject.kind, labels=site.settings.watch_label_selector)


def own_changes(cache: Cache) -> Trigger:
    """Wakes an object when it is new, gone, changed in its spec, or asked to reconcile."""

    def subscribe(queue: Queue) -> None:
        cache.subscribe(
            lambda old, new: (
                queue.add(key_of(new or old or {})) if wants_attention(old, new) else None
            )
        )

    return subscribe


def caught_up(cache: Cache, recent: Recent) -> Trigger:
    """A trigger that wakes nothing: what the cache shows need not be kept besides."""

    def subscribe(_: Queue) -> None:
        cache.subscribe(lambda old, new: recent.heed(key_of(new or old or {}), new))

    return subscribe


def _pace(site: Site) -> Pace:
    flags = site.settings
    backoff = Backoff(flags.min_retry_delay, flags.max_retry_delay)
    return Pace(backoff, flags.interval_jitter_percentage, random.SystemRandom().random)
