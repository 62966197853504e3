"""Where the manifests of a build go: standard output, a file, or a directory of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from cli.disk_tree import DiskError
from kustomize.identity import CLUSTER, gvk
from kustomize.scope import Scope
from shared.manifest.document import dump
from shared.manifest.identity import Manifest, metadata, text


def write(manifests: Sequence[Manifest], output: Path | None) -> None:
    """Write manifests as the command of kustomize does. Raises DiskError."""
    if output is None:
        click.echo(dump(manifests), nl=False)
    elif output.is_dir():
        for name, manifest in files_of(manifests).items():
            _put(output / name, dump([manifest]))
    else:
        _put(output, dump(manifests))


def files_of(manifests: Sequence[Manifest]) -> Mapping[str, Manifest]:
    """A name for each manifest: group, version, kind and name, and before them the namespace where
    there are several. Raises DiskError for a name that is not one of a file."""
    scope = Scope()
    spaces = {_space(manifest, scope) for manifest in manifests} - {CLUSTER}
    files: dict[str, Manifest] = {}
    for manifest in manifests:
        kind = gvk(text(manifest, "apiVersion"), text(manifest, "kind"))
        space = _space(manifest, scope)
        prefix = f"{space}_" if len(spaces) > 1 and space != CLUSTER else ""
        name = f"{prefix}{'_'.join(filter(None, kind))}_{text(metadata(manifest), 'name')}".lower()
        if "/" in name or "\0" in name:
            raise DiskError(f"{name}.yaml: this object's name cannot be that of a file")
        files[f"{name}.yaml"] = manifest
    return files


def _space(manifest: Manifest, scope: Scope) -> str:
    kind = gvk(text(manifest, "apiVersion"), text(manifest, "kind"))
    return scope.effective(kind, text(metadata(manifest), "namespace"))


def _put(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DiskError(f"{path}: {error.strerror}") from error
