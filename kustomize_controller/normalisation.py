"""From what was built to what is applied: owner labels, common metadata, one way to write things.

The API server writes some things other than people do: `stringData`, ports without a protocol.
They are written its way here, so that no difference is seen where there is none (flux.md 1.13).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import cast

import orjson

from kustomize_controller.mark import MARKS, stays_encrypted
from kustomize_controller.problem import KustomizationProblem
from shared.api.adjustment import CommonMetadata
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref, section, text
from shared.reconcile.key import Key

_TEMPLATES = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_TEMPLATE = ("spec", "template", "spec")
_WORKLOADS = frozenset(
    {"DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
_WORKLOAD_GROUPS = frozenset({"", "apps", "batch"})


def normalised(manifest: Manifest, ks: Kustomization) -> Manifest:
    """A built object as it is applied, as an object of its own; what was given stays as it is.

    Raises ManifestError where kind, version or name is missing, and KustomizationProblem for a
    Secret that is still encrypted.
    """
    ref = Ref.of(manifest)
    _require_decrypted(manifest, ref)
    result = _copied(manifest, ref)
    if ref.kind != "CustomResourceDefinition":
        result.pop("status", None)
    else:
        _drop_broken_bundle(result)
    if (ref.group, ref.kind) == ("", "Secret"):
        _encode_secret(result, ref)
    for port in _ports(result, ref):
        port.setdefault("protocol", "TCP")
    _label(result, ks)
    return result


def _copied(manifest: Manifest, ref: Ref) -> Manifest:
    try:
        return cast("Manifest", orjson.loads(orjson.dumps(manifest)))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise KustomizationProblem(f"{ref} cannot be written as JSON: {error}") from error


def _require_decrypted(manifest: Manifest, ref: Ref) -> None:
    encrypted = ref.kind == "Secret" and isinstance(manifest.get("sops"), dict)
    if encrypted and not stays_encrypted(manifest):
        raise KustomizationProblem(
            f"{ref} is SOPS encrypted, and would be applied as it is: configure decryption, or "
            "annotate it with kustomize.toolkit.fluxcd.io/decrypt: disabled"
        )


def _label(manifest: Manifest, ks: Kustomization) -> None:
    """Common metadata, then the owner labels: those win, or a label could make an object nobody's
    and keep it from being pruned (Flux lets it: flux.md 12 (56))."""
    meta = section(manifest, "metadata")
    if meta.get("creationTimestamp", "") is None:
        del meta["creationTimestamp"]
    common = ks.spec.common_metadata or CommonMetadata()
    owner = MARKS.owner_labels(Key(ks.metadata.namespace, ks.metadata.name))
    meta["labels"] = section(meta, "labels") | common.labels | owner
    annotations = section(meta, "annotations") | common.annotations
    if annotations:
        meta["annotations"] = annotations


def _encode_secret(secret: Manifest, ref: Ref) -> None:
    """`stringData` as the API server keeps it: in `data`, and stronger than what is there."""
    plain = secret.pop("stringData", None)
    if not isinstance(plain, dict):
        return
    wrong = [key for key, value in plain.items() if not isinstance(value, str)]
    if wrong:
        raise KustomizationProblem(f"{ref}: stringData.{wrong[0]} is not a string: quote it")
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
    secret["data"] = section(secret, "data") | encoded


def _drop_broken_bundle(definition: Manifest) -> None:
    """A placeholder for a certificate that someone fills in later: the API server would not take
    it, and it is not ours to own."""
    webhook = section(section(section(definition, "spec"), "conversion"), "webhook")
    access = section(webhook, "clientConfig")
    if "caBundle" in access and not _is_certificate(text(access, "caBundle")):
        del access["caBundle"]


def _is_certificate(encoded: str) -> bool:
    try:
        return b"-----BEGIN CERTIFICATE-----" in base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False


def _ports(manifest: Manifest, ref: Ref) -> Iterable[Manifest]:
    """The ports of a Service or of the containers of a workload."""
    if (ref.group, ref.kind) == ("", "Service"):
        yield from _items(section(manifest, "spec"), "ports")
        return
    for container in _containers(manifest, ref):
        yield from _items(container, "ports")


def _containers(manifest: Manifest, ref: Ref) -> Iterable[Manifest]:
    path = _TEMPLATES.get(ref.kind, _TEMPLATE if ref.kind in _WORKLOADS else ())
    if ref.group not in _WORKLOAD_GROUPS or not path:
        return
    pod = manifest
    for step in path:
        pod = section(pod, step)
    for group in ("initContainers", "containers"):
        yield from _items(pod, group)


def _items(node: Manifest, key: str) -> Iterable[Manifest]:
    found = node.get(key)
    return (item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()
