"""The archive of a chart without the schemas of its values, or without its templates. Pure.

Helm's library checks schemas and renders templates always; that it does not is had by taking the
files away. Called where a hostile archive is held to a limit of memory: in the worker.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile

from helm_controller.problem import HelmError

_SCHEMA = re.compile(r"[^/]+/(?:charts/[^/]+/)*values\.schema\.json")
_TEMPLATE = re.compile(r"[^/]+/(?:charts/[^/]+/)*(?:templates/.*|values\.schema\.json)", re.DOTALL)
_PACKED = re.compile(r"[^/]+/(?:charts/[^/]+/)*charts/[^/]+\.tgz")


def without_schemas(archive: bytes) -> bytes:
    """The archive without `values.schema.json`, in subcharts too, packed ones among them.

    Raises HelmError where the archive cannot be read.
    """
    return _without(archive, _SCHEMA)


def without_templates(archive: bytes) -> bytes:
    """The archive without templates and schemas, in subcharts too: what is left of the chart is
    which of its subcharts are on. Raises HelmError where it cannot be read."""
    return _without(archive, _TEMPLATE)


def _without(archive: bytes, unwanted: re.Pattern[str]) -> bytes:
    made = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as old,
            tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as new,
        ):
            for entry in old:
                _copy(old, entry, new, unwanted)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise HelmError("load", f"the chart's archive cannot be read: {error}") from error
    return made.getvalue()


def _copy(
    old: tarfile.TarFile, entry: tarfile.TarInfo, new: tarfile.TarFile, unwanted: re.Pattern[str]
) -> None:
    path = entry.name.removeprefix("./")
    content = old.extractfile(entry) if entry.isfile() else None
    if content is None:
        new.addfile(entry)
    elif _PACKED.fullmatch(path):
        inner = _without(content.read(), unwanted)
        entry.size = len(inner)
        new.addfile(entry, io.BytesIO(inner))
    elif not unwanted.fullmatch(path):
        new.addfile(entry, content)
