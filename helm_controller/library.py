"""Helm's own loader and engine, through the few functions of helm-python-sdk that are needed.

Only a worker may import this module: a template can take the whole process down. What the library
leaves out, and the `helm` command does, is added here: the release's name, dependencies that are
missing, the chart's type and kubeVersion, schemas that are not to be checked.
"""

from __future__ import annotations

import ctypes
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from helm_python import HelmError as LibraryError
from helm_python import HelmRenderError, HelmValuesError, _native

from helm_controller.chart_archive import without_schemas, without_templates
from helm_controller.manifest_order import ordered
from helm_controller.problem import HelmError, Stage
from helm_controller.rendering import Definition, Order, Rendering
from shared.manifest.identity import Manifest, text

NOTES = "NOTES.txt"
_NOBODY = "apiVersion: v1\nkind: Config\n"
"""A kubeconfig without a cluster and without a credential."""

_BAD_VERSION = re.compile(r'could not parse ".*" as version')
# Sprig compares versions with the library that Helm checks kubeVersion with: a chart of one
# template asks it, in the words of the cluster that the real chart will see.
_PROBE = (
    "{{ $v := .Capabilities.KubeVersion.Version }}{{ semverCompare .Values.range $v }} {{ $v }}"
)


def version() -> str:
    """The release of Helm inside the library, as in `v4.2.3`."""
    return _native.helm_sdk_version()


def render(order: Order) -> Rendering:
    """Carry out an order. Raises HelmError in Helm's words, where Helm has some."""
    with _told("name"):
        _native.call_status("helm_release_name_validate", order.name)
    with _loaded(_chart(order), skip_schema=order.skip_schema) as chart:
        metadata = _json("helm_chart_metadata", chart)
        _check_version(metadata)
        _check_type(metadata)
        _check_dependencies(chart, metadata)
        _check_kube_version(metadata, order)
        with _told("render"):
            files = _made(chart, order)
        return _rendering(chart, files)


def _chart(order: Order) -> bytes | Path:
    if order.only_definitions and isinstance(order.chart, bytes):
        return without_templates(order.chart)
    return order.chart


def parse(document: str) -> Manifest:
    """One YAML document as Go reads it. Raises HelmError in Go's words."""
    with _told("parse"):
        return _object(_native.call_string("helm_values_from_yaml", document))


def _rendering(chart: int, files: dict[str, str]) -> Rendering:
    # Rendering works out the dependencies of the loaded chart in place: only now are metadata and
    # values those of the release, and definitions those of the charts that are on.
    metadata = _json("helm_chart_metadata", chart)
    notes = files.get(f"{text(metadata, 'name')}/templates/{NOTES}", "")
    documents, hooks = ordered(
        {path: content for path, content in files.items() if not path.endswith(NOTES)}, parse
    )
    found = cast("list[dict[str, str]]", json.loads(_call("helm_chart_crds", chart)))
    return Rendering(
        documents=documents,
        hooks=hooks,
        definitions=tuple(Definition(one["filename"], one["data"]) for one in found),
        notes=notes,
        metadata=metadata,
        values=_json("helm_chart_values", chart),
    )


def _options(order: Order) -> Manifest:
    options: Manifest = {
        "name": order.name,
        "namespace": order.namespace,
        "revision": order.revision,
        "is_upgrade": order.is_upgrade,
        "is_install": not order.is_upgrade,
        "enable_dns": order.names,
    }
    if order.kube_version:
        options["kube_version"] = order.kube_version
    if order.api_versions:
        options["api_versions"] = list(order.api_versions)
    return options


def _check_version(metadata: Manifest) -> None:
    version = text(metadata, "apiVersion")
    if version == "v3":  # Helm's next kind of chart, which it does not install yet
        raise HelmError("load", "invalid chart apiVersion")
    if version not in {"", "v1", "v2"}:
        raise HelmError("load", "unsupported chart version")


def _check_type(metadata: Manifest) -> None:
    kind = text(metadata, "type")
    if kind not in {"", "application"}:
        raise HelmError("load", f"{kind} charts are not installable")


def _check_dependencies(chart: int, metadata: Manifest) -> None:
    wanted = [text(one, "name") for one in _objects(metadata.get("dependencies"))]
    if not wanted:
        return
    there = {
        text(one, "name") for one in _objects(json.loads(_call("helm_chart_dependencies", chart)))
    }
    if missing := [name for name in wanted if name not in there]:
        raise HelmError(
            "load",
            "an error occurred while checking for chart dependencies. You may need to run"
            " 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but"
            f" missing in charts/ directory: {', '.join(missing)}",
        )


def _check_kube_version(metadata: Manifest, order: Order) -> None:
    wanted = text(metadata, "kubeVersion")
    if not wanted:
        return
    asked = replace(order, name="probe", values={"range": wanted})
    with _loaded(_probe()) as probe, _told("values"):
        try:
            said = _rendered(probe, asked)["probe/templates/a"]
        except HelmRenderError:  # a range that is none suits no version
            said = _rendered(probe, replace(asked, values={"range": "<0"}))["probe/templates/a"]
    suits, _, cluster = said.partition(" ")
    if suits != "true":
        raise HelmError(
            "load",
            f"chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {cluster}",
        )


def _probe() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        files = {
            "Chart.yaml": "{apiVersion: v2, name: probe, version: 1.0.0}",
            "templates/a": _PROBE,
        }
        for path, content in files.items():
            entry = tarfile.TarInfo(f"probe/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return made.getvalue()


@contextmanager
def _loaded(chart: bytes | Path, *, skip_schema: bool = False) -> Iterator[int]:
    """A handle of a chart. A handle serves one rendering: rendering changes the chart behind it."""
    with _told("load"):
        if isinstance(chart, bytes):
            handle = _load_archive(without_schemas(chart) if skip_schema else chart)
        else:
            handle = _native.call_handle("helm_chart_load", str(chart))
    if isinstance(chart, Path) and skip_schema:
        packed = _packed(handle)
        with _loaded(packed, skip_schema=True) as bare:
            yield bare
        return
    try:
        yield handle
    finally:
        _native.call_status("helm_chart_free", handle)


def _load_archive(archive: bytes) -> int:
    if not archive:
        raise HelmError("load", "the chart's archive is empty")
    buffer = (ctypes.c_uint8 * len(archive)).from_buffer_copy(archive)
    return _native.call_handle("helm_chart_load_archive", buffer, len(archive))


def _packed(handle: int) -> bytes:
    """The archive of a chart loaded from a directory; its handle is given up."""
    with tempfile.TemporaryDirectory() as folder, _told("load"):
        try:
            return Path(_native.call_string("helm_chart_save", handle, folder)).read_bytes()
        finally:
            _native.call_status("helm_chart_free", handle)


@contextmanager
def _told(stage: Stage) -> Iterator[None]:
    """What the library refuses, as a HelmError."""
    try:
        yield
    except HelmValuesError as error:
        where: Stage = "values" if stage == "render" else stage
        raise HelmError(where, _worded(error)) from error
    except LibraryError as error:
        raise HelmError(stage, _worded(error)) from error


def _worded(error: LibraryError) -> str:
    # The library reads a manifest into the type it reads values into; Helm into another.
    return str(error).replace("of type common.Values", "of type util.SimpleHead")


def _made(chart: int, order: Order) -> dict[str, str]:
    """The files that templates make; where there is a door, they may look things up behind it."""
    if not order.door:
        return _rendered(chart, order)
    with _told("engine"):
        known = {
            "kubeconfig_content": _NOBODY,
            "kube_apiserver": order.door,
            "namespace": order.namespace,
            "qps": 1000,
            "burst_limit": 1000,
        }
        cluster = _native.call_handle("helm_config_new", json.dumps(known))
    try:
        return _rendered(chart, order, cluster)
    finally:
        _native.call_status("helm_config_free", cluster)


def _rendered(chart: int, order: Order, cluster: int | None = None) -> dict[str, str]:
    said = json.dumps(order.values), json.dumps(_options(order))
    try:
        if cluster is None:
            made = _native.call_string("helm_render", chart, *said)
        else:
            made = _native.call_string("helm_render_with_config", cluster, chart, *said)
    except LibraryError as error:
        if not _BAD_VERSION.fullmatch(str(error)):
            raise
        version = order.kube_version
        raise HelmError("values", f"invalid kube version '{version}': {error}") from error
    return cast("dict[str, str]", json.loads(made))


def _json(function: str, chart: int) -> Manifest:
    return _object(_call(function, chart))


def _call(function: str, chart: int) -> str:
    with _told("load"):
        return _native.call_string(function, chart)


def _object(content: str) -> Manifest:
    found = json.loads(content or "null")
    return cast("Manifest", found) if isinstance(found, dict) else {}


def _objects(found: object) -> list[Manifest]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
