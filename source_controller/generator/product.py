"""The ExternalArtifact that a generated artifact is offered by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.api.artifact import Artifact
from shared.api.artifact_generator import (
    GROUP,
    ArtifactGenerator,
    GeneratedArtifact,
    OutputArtifact,
)
from shared.api.external_artifact import ExternalArtifact
from shared.api.field import to_rfc3339
from shared.manifest.identity import Kind, Manifest, annotations_of, labels_of, section, text
from source_controller.generator.supply import Observed

MANAGER = "source-watcher"
"""The field manager, and who manages the objects: as Flux's, whose objects become ours and back."""

GENERATOR_LABEL = f"{GROUP}/generator"
MANAGED_BY = "app.kubernetes.io/managed-by"
ORIGIN = "org.opencontainers.image.revision"
EXTERNAL_ARTIFACT = Kind.parse(ExternalArtifact.naming.api_version, ExternalArtifact.naming.kind)


@dataclass(frozen=True, slots=True)
class Product:
    """A generated artifact: what it offers, and the labels that its directory gives it."""

    name: str
    artifact: Artifact
    labels: Mapping[str, str]

    def entry(self, namespace: str) -> GeneratedArtifact:
        """The product as the inventory lists it."""
        return GeneratedArtifact(
            digest=self.artifact.digest,
            filename=self.artifact.path.rpartition("/")[2],
            name=self.name,
            namespace=namespace,
        )


def revised(artifact: Artifact, output: OutputArtifact, observed: Observed) -> Artifact:
    """The artifact with the revision and the origin that the spec asks for. One that is on offer
    already keeps its origin: that is where its files came from, whatever was committed since. So a
    commit to other files changes nothing of it, not even its status."""
    revision = f"latest@{artifact.digest}"
    if output.revision:
        revision = observed[output.revision.removeprefix("@")].revision
    if artifact.revision == revision and bool(output.origin_revision) == (
        ORIGIN in artifact.metadata
    ):
        return artifact
    metadata = {}
    if output.origin_revision:
        source = observed[output.origin_revision.removeprefix("@")]
        metadata[ORIGIN] = source.origin_revision or source.revision
    return artifact.model_copy(update={"revision": revision, "metadata": metadata})


def desired(generator: ArtifactGenerator, product: Product) -> Manifest:
    """The object without its status."""
    meta, common = generator.metadata, generator.spec.common_metadata
    labels = {
        **(common.labels if common else {}),
        **product.labels,
        MANAGED_BY: MANAGER,
        GENERATOR_LABEL: meta.uid,
    }
    wanted: Manifest = {"name": product.name, "namespace": meta.namespace, "labels": labels}
    if common and common.annotations:
        wanted["annotations"] = dict(common.annotations)
    producer = {
        "apiVersion": generator.naming.api_version,
        "kind": generator.naming.kind,
        "name": meta.name,
        "namespace": meta.namespace,
    }
    return {**_identity(), "metadata": wanted, "spec": {"sourceRef": producer}}


def offering(manifest: Manifest, product: Product, now: datetime) -> Manifest:
    """What the status of the object is to be; `manifest`: the object as it is."""
    generation = section(manifest, "metadata").get("generation")
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Succeeded",
        "message": "Artifact is ready",
        "observedGeneration": generation,
        "lastTransitionTime": _since(manifest) or to_rfc3339(now),
    }
    meta = section(manifest, "metadata")
    return {
        **_identity(),
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "status": {"artifact": on_the_wire(product.artifact), "conditions": [ready]},
    }


def on_the_wire(artifact: Artifact) -> Manifest:
    """An artifact as JSON would have it."""
    wire: Manifest = artifact.model_dump(mode="json", by_alias=True, exclude_none=True)
    return wire


def is_ours(manifest: Manifest, generator: ArtifactGenerator) -> bool:
    """Whether an ExternalArtifact belongs to a generator: it made it, or an earlier one of its name
    did."""
    if labels_of(manifest).get(GENERATOR_LABEL) == generator.metadata.uid:
        return True
    producer = section(section(manifest, "spec"), "sourceRef")
    meta = generator.metadata
    return (
        text(producer, "kind") == generator.naming.kind
        and text(producer, "apiVersion").rpartition("/")[0] == generator.naming.group
        and text(producer, "name") == meta.name
        and text(producer, "namespace") == meta.namespace
    )


def is_level(live: Manifest, wanted: Manifest, product: Product) -> bool:
    """Whether an object says what it should: all of it that is ours."""
    labels, annotations = labels_of(live), annotations_of(live)
    offered = section(section(live, "status"), "artifact")
    # When it was stored does not matter: the bytes are the same.
    said, asked = (
        {**one, "lastUpdateTime": ""} for one in (offered, on_the_wire(product.artifact))
    )
    return (
        labels_of(wanted).items() <= labels.items()
        and annotations_of(wanted).items() <= annotations.items()
        and section(live, "spec") == section(wanted, "spec")
        and said == asked
        and bool(_since(live))
    )


def _since(manifest: Manifest) -> str:
    """Since when an object is Ready; empty where it is not."""
    conditions = section(manifest, "status").get("conditions")
    for one in conditions if isinstance(conditions, list) else []:
        if isinstance(one, dict) and (one.get("type"), one.get("status")) == ("Ready", "True"):
            return text(one, "lastTransitionTime")
    return ""


def _identity() -> Manifest:
    return {"apiVersion": EXTERNAL_ARTIFACT.api_version, "kind": EXTERNAL_ARTIFACT.kind}
