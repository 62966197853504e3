"""The shapes of an installation, as `deploy/install` has them, built by our own kustomize."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kustomize.build import build
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SHAPES = sorted(path.parent.name for path in DEPLOY.glob("install/*/kustomization.yaml"))

FIRST = ("Namespace", "CustomResourceDefinition")


@cache
def tree() -> Tree:
    """Everything below deploy/."""
    paths = (path for path in DEPLOY.rglob("*") if path.is_file())
    return Tree({path.relative_to(DEPLOY).as_posix(): path.read_bytes() for path in paths})


@cache
def built(shape: str) -> tuple[Manifest, ...]:
    """The objects of a shape, those first that others need."""
    manifests = build(tree(), f"install/{shape}").manifests
    return tuple(sorted(manifests, key=lambda manifest: manifest["kind"] not in FIRST))


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> dict[str, Manifest]:
    """The objects of a kind by their names."""
    return {m["metadata"]["name"]: m for m in manifests if m["kind"] == kind}
