"""The objects in the manifest of a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from helm_controller.manifest_order import split
from helm_controller.problem import HelmError
from helm_controller.target import Target
from shared.cluster.discovery import Discovery
from shared.cluster.error import NoSuchKind
from shared.manifest.document import CONFIGURATION, DocumentError, parse
from shared.manifest.identity import (
    Manifest,
    ManifestError,
    Ref,
    annotations_of,
    kind_of,
    labels_of,
    metadata,
    text,
)

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
RESOURCE_POLICY = "helm.sh/resource-policy"
KEEP = "keep"


def objects_of(manifest: str) -> list[Manifest]:
    """The objects of a manifest as Helm writes it, in their order; those of lists one by one. CPU
    bound. Raises HelmError for what is no object."""
    try:
        documents = [one for part in split(manifest) for one in _parsed(part)]
        return [one for document in documents for one in _flat(document)]
    except (DocumentError, ManifestError) as error:
        raise HelmError("parse", f"unable to build kubernetes objects: {error}") from error


async def placed(
    discovery: Discovery, objects: Iterable[Manifest], namespace: str
) -> list[Manifest]:
    """The objects, those without a namespace that need one in that of the release. Raises
    HelmError for a kind that the cluster does not know, and ClusterError where nobody knows."""
    return [await _placed(discovery, one, namespace) for one in objects]


async def is_known(discovery: Discovery, manifest: Manifest) -> bool:
    """Whether the cluster knows the kind of an object. Raises ClusterError where nobody knows."""
    try:
        await discovery.resource_of(kind_of(manifest))
    except NoSuchKind:
        return False
    return True


def owned(manifest: Manifest, target: Target) -> Manifest:
    """The object with what says that it is part of a release."""
    meta = metadata(manifest)
    labels = {**labels_of(manifest), MANAGED_BY: "Helm"}
    annotations = {**annotations_of(manifest), **_annotations(target)}
    return {**manifest, "metadata": {**meta, "labels": labels, "annotations": annotations}}


def owner_fault(live: Manifest, target: Target) -> str:
    """Why an object is not part of a release, in Helm's words; empty where it is."""
    labels, annotations = labels_of(live), annotations_of(live)
    faults = [_fault("label", labels, MANAGED_BY, "Helm")]
    faults += [
        _fault("annotation", annotations, key, value) for key, value in _annotations(target).items()
    ]
    found = [fault for fault in faults if fault]
    return f"invalid ownership metadata; {'; '.join(found)}" if found else ""


def is_same(one: Ref, other: Ref, namespace: str) -> bool:
    """Whether two references name one object; one without a namespace is in `namespace`."""
    return replace(one, namespace=one.namespace or namespace) == replace(
        other, namespace=other.namespace or namespace
    )


def _parsed(part: str) -> list[Manifest]:
    found = parse(part.encode(), path="manifest", rules=CONFIGURATION)
    return [one for one in found if one]


def _flat(manifest: Manifest) -> Iterator[Manifest]:
    items = manifest.get("items")
    if text(manifest, "kind").endswith("List") and isinstance(items, list):
        for item in cast("list[Manifest]", items):
            yield from _flat(item)
        return
    Ref.of(manifest)  # raises where it is none: without a kind, or a name that is a text
    yield manifest


async def _placed(discovery: Discovery, manifest: Manifest, namespace: str) -> Manifest:
    kind = kind_of(manifest)
    meta = metadata(manifest)
    try:
        resource = await discovery.resource_of(kind)
    except NoSuchKind:
        raise HelmError(
            "parse",
            "unable to build kubernetes objects from release manifest: resource mapping not found "
            f'for name: "{text(meta, "name")}" namespace: "{text(meta, "namespace")}": no matches '
            f'for kind "{kind.kind}" in version "{kind.api_version}": ensure CRDs are installed '
            "first",
        ) from None
    if not resource.namespaced or text(meta, "namespace"):
        return manifest
    return {**manifest, "metadata": {**meta, "namespace": namespace}}


def _annotations(target: Target) -> dict[str, str]:
    return {RELEASE_NAME: target.name, RELEASE_NAMESPACE: target.namespace}


def _fault(what: str, found: dict[str, str], key: str, wanted: str) -> str:
    if key not in found:
        return f'{what} validation error: missing key "{key}": must be set to "{wanted}"'
    if found[key] != wanted:
        return (
            f'{what} validation error: key "{key}" must equal "{wanted}": '
            f'current value is "{found[key]}"'
        )
    return ""
