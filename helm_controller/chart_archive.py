"""The archive of a chart without the schemas of its values. Pure.

Helm's library checks schemas always; `skip_schema` is had by taking the files away. Called where a
hostile archive is held to a limit of memory: in the worker.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile

from helm_controller.problem import HelmError

_SCHEMA = re.compile(r"[^/]+/(?:charts/[^/]+/)*values\.schema\.json")
_PACKED = re.compile(r"[^/]+/(?:charts/[^/]+/)*charts/[^/]+\.tgz")


def without_schemas(archive: bytes) -> bytes:
    """The archive without `values.schema.json`, in subcharts too, packed ones among them.

    Raises HelmError where the archive cannot be read.
    """
    made = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as old,
            tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as new,
        ):
            for entry in old:
                _copy(old, entry, new)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise HelmError("load", f"the chart's archive cannot be read: {error}") from error
    return made.getvalue()


def _copy(old: tarfile.TarFile, entry: tarfile.TarInfo, new: tarfile.TarFile) -> None:
    path = entry.name.removeprefix("./")
    content = old.extractfile(entry) if entry.isfile() else None
    if content is None:
        new.addfile(entry)
    elif _PACKED.fullmatch(path):
        inner = without_schemas(content.read())
        entry.size = len(inner)
        new.addfile(entry, io.BytesIO(inner))
    elif not _SCHEMA.fullmatch(path):
        new.addfile(entry, content)
