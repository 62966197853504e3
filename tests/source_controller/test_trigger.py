from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from source_controller.trigger import include_changed


def repository(name: str, *includes: str, namespace: str = "apps", digest: str = "1") -> Manifest:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"include": [{"repository": {"name": include}} for include in includes]},
        "status": {"artifact": {"revision": "main", "digest": digest}},
    }


class Cluster:
    def all(self) -> list[Manifest]:
        return [
            repository("user", "other", "library"),
            repository("stranger", "other"),
            repository("far", "library", namespace="elsewhere"),
            repository("library"),
        ]

    def subscribe(self, listener) -> None:
        self.tell = listener


@pytest.mark.parametrize(
    ("old", "new", "woken"),
    [
        (repository("library"), repository("library", digest="2"), [Key("apps", "user")]),
        (repository("library"), repository("library"), []),
        (None, repository("library"), []),
        (repository("library"), None, []),
    ],
)
async def test_another_artifact_wakes_those_that_include_it(old, new, woken):
    cluster, queue = Cluster(), Queue()
    include_changed(cluster)(queue)

    cluster.tell(old, new)

    assert len(queue) == len(woken)
    assert [await queue.take() for _ in woken] == woken
