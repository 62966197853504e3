"""ConfigMaps and Secrets that Kustomizations refer to, and what wakes when one of them changes."""

from __future__ import annotations

from collections.abc import Iterator

from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.runtime.controller import Trigger
from shared.runtime.follower import Followers, Watched
from shared.runtime.queue import Queue

CONFIG_MAP = Kind("", "v1", "ConfigMap")
SECRET = Kind("", "v1", "Secret")


def configuration_changed(configurations: Watched, kustomizations: Watched) -> Trigger:
    """A ConfigMap or Secret is new, other than before, or gone: those that refer to it are due."""

    def subscribe(queue: Queue) -> None:
        followers = Followers(kustomizations, referred)

        def listener(old: Manifest | None, new: Manifest | None) -> None:
            if _version(old) != _version(new):
                for key in followers.of(Ref.of(new or old or {})):
                    queue.add(key)

        configurations.subscribe(listener)

    return subscribe


def referred(kustomization: Manifest) -> Iterator[Ref]:
    """The ConfigMaps and Secrets that a Kustomization reads: all of its own namespace."""
    namespace = text(metadata(kustomization), "namespace")
    spec = section(kustomization, "spec")
    for reference in _list(section(spec, "postBuild"), "substituteFrom"):
        yield Ref("", text(reference, "kind"), namespace, text(reference, "name"))
    yield Ref("", SECRET.kind, namespace, _named(spec, "decryption", "secretRef"))
    yield Ref("", SECRET.kind, namespace, _named(spec, "kubeConfig", "secretRef"))
    yield Ref("", CONFIG_MAP.kind, namespace, _named(spec, "kubeConfig", "configMapRef"))


def _named(spec: Manifest, field: str, reference: str) -> str:
    return text(section(section(spec, field), reference), "name")


def _list(node: Manifest, key: str) -> Iterator[Manifest]:
    found = node.get(key)
    return (
        (item for item in found if isinstance(item, dict)) if isinstance(found, list) else iter(())
    )


def _version(manifest: Manifest | None) -> str:
    return text(metadata(manifest or {}), "resourceVersion")
