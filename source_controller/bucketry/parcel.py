"""The objects of a bucket on this machine, each in a file that has a number for a name: what a key
says is never a path here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Entry, Packed, Sink, Streamed, order, write
from shared.object_store.line import CHUNK
from source_controller.bucketry.index import Index
from source_controller.ignore import FILE


@dataclass(frozen=True, slots=True)
class Parcel:
    """Objects in files, by their keys, and the index of what they are. `ignore`: the content of
    `.sourceignore`, which is in the artifact too; None where there is none."""

    index: Index
    files: dict[str, Path]
    ignore: bytes | None

    def write(self, sink: Sink) -> None:
        """Write the tarball, piece by piece. Raises ArtifactError."""
        write(self._entries(), sink)

    def _entries(self) -> Iterator[Packed]:
        paths = self.index.paths()
        keys = {path: key for key, path in paths.items()}
        extra = [] if self.ignore is None else [FILE]
        for path in sorted([*keys, *extra], key=order):
            if path in keys:
                yield _streamed(path, self.files[keys[path]])
            else:
                yield Entry(path, self.ignore)


def _streamed(path: str, file: Path) -> Streamed:
    try:
        return Streamed(path, file.stat().st_size, partial(_pieces, file))
    except OSError as error:
        raise ArtifactError(f"{path!r} cannot be read: {error.strerror}") from None


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(CHUNK):
            yield piece
