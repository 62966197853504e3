from __future__ import annotations

import pytest

from kustomize_controller.trigger import dependency_moved, source_changed, spec_changed
from shared.manifest.identity import Manifest
from shared.operation.interruption import Interruptions
from shared.reconcile.key import Key
from shared.runtime.controller import key_of
from shared.runtime.queue import Queue

APPS = Key("tenant", "apps")


class Kind:
    """Plays the cache of a kind: what is put into it is told to whoever subscribed."""

    def __init__(self, *manifests: Manifest) -> None:
        self.manifests = list(manifests)
        self.listeners = []

    def all(self) -> list[Manifest]:
        return self.manifests

    def find(self, namespace: str, name: str) -> Manifest | None:
        found = [one for one in self.manifests if key_of(one) == (namespace, name)]
        return found[0] if found else None

    def subscribe(self, listener) -> None:
        self.listeners.append(listener)
        for manifest in self.manifests:
            listener(None, manifest)

    def change(self, old: Manifest | None, new: Manifest | None) -> None:
        for listener in self.listeners:
            listener(old, new)


def repository(revision: str = "", *, digest: str = "sha256:0", name: str = "apps") -> Manifest:
    artifact = {"revision": revision, "digest": digest}
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "tenant"},
        "status": {"artifact": artifact} if revision else {},
    }


def kustomization(
    name: str = "apps", *, ready: str = "True", generation: int = 1, depends=(), **status
) -> Manifest:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "tenant", "generation": generation},
        "spec": {
            "sourceRef": {"kind": "GitRepository", "name": "apps"},
            "dependsOn": [{"name": one} for one in depends],
        },
        "status": {"conditions": [{"type": "Ready", "status": ready}], **status},
    }


@pytest.fixture
def queue() -> Queue:
    return Queue()


def woken(trigger, queue: Queue, kind: Kind, old, new) -> int:
    trigger(queue)
    kind.change(old, new)
    return len(queue)


@pytest.mark.parametrize(
    ("old", "new", "wakes"),
    [
        (repository("one"), repository("two"), True),
        (repository("one"), repository("one", digest="sha256:1"), True),
        (None, repository("one"), True),
        (repository(), repository("one"), True),
        (repository("one"), repository("one"), False),
        (repository("one"), repository(), False),
        (repository("one"), None, False),
        (repository("one", name="b"), repository("two", name="b"), False),
    ],
    ids=[
        "a new revision",
        "the same revision packed otherwise",
        "a source that is new here",
        "a first artifact",
        "nothing new",
        "an artifact that is gone",
        "a source that is gone",
        "another source",
    ],
)
async def test_a_source_wakes_those_that_are_built_from_it(queue, old, new, wakes: bool) -> None:
    sources = Kind()
    trigger = source_changed(sources, Kind(kustomization()), Interruptions())

    assert woken(trigger, queue, sources, old, new) == int(wakes)


async def test_after_a_restart_what_is_ready_with_a_revision_is_not_woken_for_it(queue) -> None:
    sources = Kind()
    has_it = kustomization(lastAttemptedRevision="one")
    failed = kustomization("failed", ready="False", lastAttemptedRevision="one")
    trigger = source_changed(sources, Kind(has_it, failed), Interruptions())

    woken(trigger, queue, sources, None, repository("one"))

    assert await queue.take() == Key("tenant", "failed")
    assert len(queue) == 0


@pytest.mark.parametrize(
    ("old", "new", "wakes"),
    [
        (kustomization(ready="False"), kustomization(), True),
        (kustomization(lastAppliedRevision="1"), kustomization(lastAppliedRevision="2"), True),
        (kustomization(observedGeneration=1), kustomization(observedGeneration=2), True),
        (kustomization(), kustomization(), False),
        (kustomization(), kustomization(ready="False"), False),
        (kustomization(), None, False),
    ],
    ids=["ready", "a new revision", "a new spec", "nothing new", "not ready any more", "gone"],
)
async def test_a_dependency_wakes_its_dependants(queue, old, new, wakes: bool) -> None:
    kustomizations = Kind(kustomization("web", depends=["apps"]), kustomization("other"))

    woken(dependency_moved(kustomizations), queue, kustomizations, old, new)

    assert len(queue) == int(wakes)
    if wakes:
        assert await queue.take() == Key("tenant", "web")


def by_words(ready: str = "False") -> Manifest:
    """A Kustomization that asks another by an expression."""
    found = kustomization("web", ready=ready)
    words = "dep.status.lastAppliedRevision == 'two'"
    return found | {"spec": {"dependsOn": [{"name": "apps", "readyExpr": words}]}}


@pytest.mark.parametrize(
    ("dependant", "new", "wakes"),
    [
        (by_words(), kustomization(ready="False", lastAttemptedRevision="2"), True),
        (by_words(), kustomization(ready="Unknown"), True),
        (by_words(), kustomization(ready="False"), False),
        (by_words("True"), kustomization(ready="False", lastAttemptedRevision="2"), False),
        (
            kustomization("web", ready="False", depends=["apps"]),
            kustomization(ready="Unknown"),
            False,
        ),
    ],
    ids=[
        "another status",
        "another condition",
        "nothing new",
        "one that is ready waits for nothing",
        "without an expression only being ready counts",
    ],
)
async def test_who_waits_for_words_looks_at_every_change(queue, dependant, new, wakes) -> None:
    kustomizations = Kind(dependant)

    woken(
        dependency_moved(kustomizations), queue, kustomizations, kustomization(ready="False"), new
    )

    assert len(queue) == int(wakes)


async def test_a_new_revision_ends_the_wait_for_the_old(queue) -> None:
    interruptions, sources = Interruptions(), Kind()
    trigger = source_changed(sources, Kind(kustomization()), interruptions)

    with interruptions.heeded(APPS) as event:
        woken(trigger, queue, sources, repository("one"), repository("two"))

        assert event.is_set()


async def test_a_new_spec_ends_the_wait_and_a_new_status_does_not(queue) -> None:
    interruptions, kustomizations = Interruptions(), Kind()
    trigger = spec_changed(kustomizations, interruptions)

    with interruptions.heeded(APPS) as event:
        woken(trigger, queue, kustomizations, kustomization(), kustomization(ready="False"))
        assert not event.is_set()
        kustomizations.change(kustomization(), kustomization(generation=2))
        assert event.is_set()


async def test_what_is_wanted_again_before_its_wait_begins_does_not_wait(queue) -> None:
    interruptions = Interruptions()
    interruptions.heed(queue)
    queue.add(APPS)
    key = await queue.take()
    queue.add(APPS)

    with interruptions.heeded(key) as event:
        assert event.is_set()


async def test_who_does_not_wait_is_not_interrupted(queue) -> None:
    interruptions = Interruptions()
    interruptions.heed(queue)
    interruptions.interrupt(APPS)

    with interruptions.heeded(APPS) as event:
        assert not event.is_set()
