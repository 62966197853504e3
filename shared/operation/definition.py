"""The kinds that a CustomResourceDefinition brings. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from shared.manifest.identity import Kind, Manifest, kind_of, section, text


def served_kinds(manifest: Manifest) -> Iterable[Kind]:
    """The kinds that the API server will serve for a definition, a version each; none for any other
    object."""
    own = kind_of(manifest)
    if (own.group, own.kind) != ("apiextensions.k8s.io", "CustomResourceDefinition"):
        return
    spec = section(manifest, "spec")
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict) and version.get("served") is True:
            name = text(section(spec, "names"), "kind")
            yield Kind(text(spec, "group"), text(version, "name"), name)
