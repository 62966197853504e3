"""A chart as the archive that `helm package` makes of it, always the same for the same chart."""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from shared.manifest.emission import emitted
from source_controller.helm import values
from source_controller.helm.chart import SCHEMA, WITHIN, Chart, check_schema, packed_order
from source_controller.helm.metadata import CURRENT, OLD
from source_controller.helm.problem import ChartProblem

_MODE = 0o644
_EXTRA, _COMMENT = 0x04, 0x10
_UNKNOWN_SYSTEM = 0xFF
# Helm's own mark, by which its archives are known.
_MARK = b"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="


class Sink(Protocol):
    """Takes bytes, one after the other."""

    def write(self, data: bytes, /) -> object:
        """Take more."""


def packing(chart: Chart) -> Callable[[Sink], None]:
    """Writes the archive of a chart. Raises ChartProblem, before anything is written, where it
    cannot be packed."""
    entries = list(_entries(chart, ""))

    def write(sink: Sink) -> None:
        zipped = _Gzip(sink)
        for path, content in entries:
            zipped.write(_header(path, len(content)))
            zipped.write(content)
            zipped.write(bytes(-len(content) % tarfile.BLOCKSIZE))
        zipped.write(bytes(2 * tarfile.BLOCKSIZE))
        zipped.close()

    return write


def _entries(chart: Chart, above: str) -> Iterator[tuple[str, bytes]]:
    base = f"{above}{chart.name}/"
    fields = dict(chart.metadata.fields)
    if chart.metadata.api_version == OLD:
        fields.pop("dependencies", None)
    yield f"{base}Chart.yaml", _yaml(fields)
    if chart.metadata.api_version == CURRENT and chart.lock is not None:
        yield f"{base}Chart.lock", _yaml(dict(chart.lock))
    if values.FILE in chart.files:
        yield f"{base}{values.FILE}", chart.files[values.FILE]
    if SCHEMA in chart.files:
        check_schema(chart.files[SCHEMA])
        yield f"{base}{SCHEMA}", chart.files[SCHEMA]
    for path in packed_order(chart):
        yield f"{base}{path}", chart.files[path]
    for inner in chart.within:
        yield from _entries(inner, f"{base}{WITHIN}")


def _yaml(fields: dict[str, object]) -> bytes:
    try:
        return emitted(fields).encode()
    except ValueError as error:
        raise ChartProblem(f"failed to package chart: {error}") from None


def _header(path: str, size: int) -> bytes:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, _MODE
    return entry.tobuf(tarfile.PAX_FORMAT)


class _Gzip:
    """Compresses on the way, with the header that Helm writes."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pressed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._check = self._size = 0
        head = struct.pack(
            "<4BI2BH", 0x1F, 0x8B, 8, _EXTRA | _COMMENT, 0, 0, _UNKNOWN_SYSTEM, len(_MARK)
        )
        sink.write(head + _MARK + b"Helm\0")

    def write(self, data: bytes) -> None:
        self._check = zlib.crc32(data, self._check)
        self._size += len(data)
        if pressed := self._pressed.compress(data):
            self._sink.write(pressed)

    def close(self) -> None:
        tail = struct.pack("<2I", self._check, self._size & 0xFFFFFFFF)
        self._sink.write(self._pressed.flush() + tail)
