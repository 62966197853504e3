"""CustomResourceDefinitions, written from the models.

`python -m shared.api.definition DIR` writes one file a kind into DIR; everything else here is pure.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import yaml

from shared.api.artifact_generator import ArtifactGenerator
from shared.api.bucket import Bucket
from shared.api.external_artifact import ExternalArtifact
from shared.api.git_repository import GitRepository
from shared.api.helm_chart import HelmChart
from shared.api.helm_release import HelmRelease
from shared.api.helm_repository import HelmRepository
from shared.api.kustomization import Kustomization
from shared.api.naming import Naming
from shared.api.oci_repository import OciRepository
from shared.api.schema import Schema, schema_of

CustomResource = (
    ArtifactGenerator
    | Bucket
    | ExternalArtifact
    | GitRepository
    | HelmChart
    | HelmRelease
    | HelmRepository
    | Kustomization
    | OciRepository
)

KINDS: tuple[type[CustomResource], ...] = (
    ArtifactGenerator,
    Bucket,
    ExternalArtifact,
    GitRepository,
    HelmChart,
    HelmRelease,
    HelmRepository,
    Kustomization,
    OciRepository,
)

# A Kustomization that installs these and fills in variables shall not rewrite our schemas.
ANNOTATIONS = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}

_HEADER = "# Written by `./dev crds` from the models in shared/api: change those.\n---\n"
_OBJECT: Schema = {
    "apiVersion": {
        "type": "string",
        "description": "The group and version of the API that the object is written in.",
    },
    "kind": {"type": "string", "description": "What the object is. It cannot be changed."},
    "metadata": {"type": "object"},
}


def definition(kind: type[CustomResource]) -> Schema:
    """The CustomResourceDefinition of a kind, as JSON would have it."""
    naming = kind.naming
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": naming.definition, "annotations": dict(ANNOTATIONS)},
        "spec": {
            "group": naming.group,
            "names": _names(naming),
            "scope": "Namespaced",
            "versions": [_version(kind)],
        },
    }


def files() -> dict[str, str]:
    """The definitions of all kinds as YAML, by the name of the file: `<group>_<plural>.yaml`."""
    return {
        f"{kind.naming.group}_{kind.naming.plural}.yaml": _HEADER
        + yaml.safe_dump(definition(kind), width=100, allow_unicode=True)
        for kind in KINDS
    }


def main(arguments: Sequence[str]) -> int:
    """Write the files into the directory that is named; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m shared.api.definition DIR\n")
        return 2
    directory = Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (directory / name).write_text(text, encoding="utf-8")
    return 0


def _names(naming: Naming) -> Schema:
    return {
        "kind": naming.kind,
        "listKind": f"{naming.kind}List",
        "plural": naming.plural,
        "singular": naming.kind.lower(),
        "categories": list(naming.categories),
        **({"shortNames": list(naming.short_names)} if naming.short_names else {}),
    }


def _version(kind: type[CustomResource]) -> Schema:
    return {
        "name": kind.naming.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _whole_object(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": column.name, "type": column.type, "jsonPath": column.path}
            for column in kind.naming.columns
        ],
    }


def _whole_object(kind: type[CustomResource]) -> Schema:
    """The schema of the object itself. The API server takes one without a spec, as it does Flux's;
    that is then said on the object."""
    schema = schema_of(kind)
    fields = cast("Schema", schema["properties"])
    del schema["required"]
    return {**schema, "properties": fields | _OBJECT}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
