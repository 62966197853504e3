from __future__ import annotations

from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from source_controller.helm.trigger import source_changed


class Kind:
    """A kind that is watched."""

    def __init__(self, *objects: Manifest) -> None:
        self.objects = list(objects)
        self.listeners = []

    def all(self) -> list[Manifest]:
        return self.objects

    def subscribe(self, listener) -> None:
        self.listeners.append(listener)

    def change(self, old: Manifest | None, new: Manifest | None) -> None:
        for listener in self.listeners:
            listener(old, new)


def repository(revision: str, stored: str = "noon") -> Manifest:
    return {
        "metadata": {"name": "charts", "namespace": "apps"},
        "status": {"artifact": {"revision": revision, "lastUpdateTime": stored}}
        if revision
        else {},
    }


def chart(
    name: str,
    seen: str,
    kind: str = "HelmRepository",
    namespace: str = "apps",
    ready: str = "True",
) -> Manifest:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"sourceRef": {"kind": kind, "name": "charts"}},
        "status": {
            "observedSourceArtifactRevision": seen,
            "conditions": [{"type": "Ready", "status": ready}],
        },
    }


class Due(set[Key]):
    """Plays the queue."""


def woken(old: Manifest | None, new: Manifest | None, *charts: Manifest) -> set[Key]:
    sources, due = Kind(), Due()
    source_changed("HelmRepository", sources, Kind(*charts))(due)
    sources.change(old, new)
    return due


def test_those_that_were_made_of_something_else_are_due():
    charts = (
        chart("old", "1"),
        chart("new", "2"),
        chart("git", "1", kind="GitRepository"),
        chart("far", "1", namespace="other"),
    )

    assert woken(repository("1"), repository("2"), *charts) == {Key("apps", "old")}


def test_a_first_artifact_wakes_those_that_wait_for_it():
    assert woken(repository(""), repository("1"), chart("web", "")) == {Key("apps", "web")}


def test_an_artifact_that_was_made_anew_wakes_those_that_are_not_ready():
    charts = (chart("well", "1"), chart("waiting", "1", ready="False"))

    assert woken(repository("1"), repository("1", "later"), *charts) == {Key("apps", "waiting")}


def test_what_says_nothing_new_wakes_nobody():
    assert woken(None, repository("2"), chart("web", "1")) == set()
    assert woken(repository("2"), None, chart("web", "1")) == set()
    assert woken(repository("2"), repository("2"), chart("web", "1")) == set()
