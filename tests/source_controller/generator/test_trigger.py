from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from source_controller.generator.trigger import product_moved, source_changed

APPS = Key("team", "apps")


class Watch:
    """A kind whose changes a test makes."""

    def __init__(self, *objects: Manifest) -> None:
        self.objects = list(objects)
        self.tell: Callable[[Manifest | None, Manifest | None], None] = lambda *_: None

    def all(self) -> list[Manifest]:
        return self.objects

    def subscribe(self, listener: Callable[[Manifest | None, Manifest | None], None]) -> None:
        self.tell = listener


def source(revision: str = "1", namespace: str = "team", kind: str = "GitRepository") -> Manifest:
    status = (
        {"artifact": {"revision": revision, "digest": f"sha256:{revision}"}} if revision else {}
    )
    return {"kind": kind, "metadata": {"name": "mono", "namespace": namespace}, "status": status}


def generator(**reference: str) -> Manifest:
    wanted = {"alias": "repo", "kind": "GitRepository", "name": "mono", **reference}
    return {
        "metadata": {"name": APPS.name, "namespace": APPS.namespace},
        "spec": {"sources": [wanted]},
    }


async def woken(queue: Queue) -> list[Key]:
    """The keys that are due now."""
    found = []
    while len(queue):
        key = await queue.take()
        queue.done(key)
        found.append(key)
    return found


@pytest.mark.parametrize(
    ("old", "new", "wakes"),
    [
        (source("1"), source("2"), True),
        (source(""), source("1"), True),
        (None, source("1"), True),
        (source("1"), source("1"), False),
        (source("1"), source(""), False),
        (None, source(""), False),
        (source("1"), None, False),
        (source("1", "other"), source("2", "other"), False),
        (source("1", kind="Bucket"), source("2", kind="Bucket"), False),
    ],
)
async def test_a_source_that_offers_something_else_wakes_those_that_name_it(old, new, wakes):
    queue, sources = Queue(), Watch()
    source_changed(sources, Watch(generator()))(queue)

    sources.tell(old, new)

    assert await woken(queue) == ([APPS] if wakes else [])


async def test_a_source_of_another_namespace_wakes_too():
    queue, sources = Queue(), Watch()
    source_changed(sources, Watch(generator(namespace="other")))(queue)

    sources.tell(source("1", "other"), source("2", "other"))

    assert await woken(queue) == [APPS]


@pytest.mark.parametrize("spec", [{}, {"sources": "x"}, {"sources": [1]}, "x"])
async def test_a_generator_that_is_malformed_wakes_nobody(spec):
    queue, sources = Queue(), Watch()
    source_changed(sources, Watch({**generator(), "spec": spec}))(queue)

    sources.tell(source("1"), source("2"))

    assert await woken(queue) == []


def product(**changes: object) -> Manifest:
    found: Manifest = {
        "kind": "ExternalArtifact",
        "metadata": {
            "name": "web",
            "namespace": "team",
            "labels": {"source.extensions.fluxcd.io/generator": "u-1"},
        },
        "spec": {
            "sourceRef": {
                "apiVersion": "source.extensions.fluxcd.io/v1beta1",
                "kind": "ArtifactGenerator",
                "name": "apps",
                "namespace": "team",
            }
        },
        "status": {"artifact": {"revision": "1"}},
    }
    return copy.deepcopy(found | changes)


@pytest.mark.parametrize(
    ("old", "new", "wakes"),
    [
        (product(), None, True),
        (product(), product(metadata={"labels": {}}), True),
        (product(), product(status={}), True),
        (product(), product(spec={}), True),
        # What it writes itself wakes nobody.
        (None, product(), False),
        (product(status={}), product(), False),
        (product(), product(status={"artifact": {"revision": "2"}}), False),
        (product(spec={}), None, False),
        (product(metadata={"labels": {}}), None, False),
    ],
)
async def test_an_artifact_that_was_removed_or_changed_wakes_its_generator(old, new, wakes):
    queue, products = Queue(), Watch()
    product_moved(products)(queue)

    products.tell(old, new)

    assert await woken(queue) == ([APPS] if wakes else [])
