"""One layer of an artifact, on its way to become an artifact of ours: as it is, or unpacked.

It is held on the disk unless it is small; what is unpacked too, file behind file without names, so
there is nothing to escape to.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from shared.artifact.archive import stream
from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Sink, Streamed
from shared.git.tree import File
from shared.oci.error import OciError
from shared.oci.manifest import Descriptor, Manifest
from shared.oci.repository import Repository
from shared.problem import Problem
from source_controller.content import LONGEST_IGNORE_FILE, pack

SMALL = 1024 * 1024
"""Bytes that are not worth a file, packed or unpacked."""

_CHUNK = 256 * 1024


class LayerProblem(Problem):
    """An artifact has no layer that could be taken, or it cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the content of a file is: so many bytes from there on."""

    start: int
    size: int


@dataclass(slots=True)
class Unpacked:
    """The files of a layer, one behind the other in one file (source_controller.content.Files)."""

    content: IO[bytes]
    places: dict[str, Place] = field(default_factory=dict)
    executables: set[str] = field(default_factory=set)
    directories: set[str] = field(default_factory=set)

    def listing(self) -> list[File]:
        """All files."""
        return [File(path, path in self.executables, b"") for path in self.places]

    def read(self, file: File) -> bytes:
        """What is in one, of which no more is held than there may be in a file of rules."""
        place = self.places[file.path]
        self.content.seek(place.start)
        return self.content.read(min(place.size, LONGEST_IGNORE_FILE + 1))

    def take(self, packed: IO[bytes]) -> None:
        """Unpack an archive. Raises ArtifactError where it is not what it should be."""
        packed.seek(0)
        for found in stream(packed):
            if found.pieces is None:
                self.directories.add(found.path)
                continue
            self.places[found.path] = self._kept(found.pieces)
            if found.executable:
                self.executables.add(found.path)

    def streamed(self, file: File) -> Streamed:
        """A file as it is packed: piece by piece."""
        place = self.places[file.path]
        return Streamed(file.path, place.size, partial(self._pieces, place), file.executable)

    def _kept(self, pieces: Iterable[bytes]) -> Place:
        start = self.content.tell()
        for piece in pieces:
            self.content.write(piece)
        return Place(start, self.content.tell() - start)

    def _pieces(self, place: Place) -> Iterator[bytes]:
        for at in range(0, place.size, _CHUNK):
            self.content.seek(place.start + at)
            yield self.content.read(min(_CHUNK, place.size - at))


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that was pulled. `files`: None where it is taken as it is. `annotations`: of the
    artifact that it is a layer of."""

    packed: IO[bytes]
    files: Unpacked | None
    annotations: Mapping[str, str]

    def write(self, ignore: str | None, sink: Sink) -> None:
        """Write what becomes of it: the blob itself, or a tarball without what is left out.
        Blocking. Raises IgnoreError, ArtifactError."""
        if self.files is not None:
            pack(self.files, ignore, sink, self.files.directories, self.files.streamed)
            return
        self.packed.seek(0)
        while chunk := self.packed.read(_CHUNK):
            sink.write(chunk)

    def close(self) -> None:
        """Give back the disk."""
        self.packed.close()
        if self.files is not None:
            self.files.content.close()


def select(manifest: Manifest, media_type: str) -> Descriptor:
    """The first layer of a media type, or the first of all. Raises LayerProblem."""
    if not manifest.layers:
        raise LayerProblem("no layers found in artifact")
    fitting = (one for one in manifest.layers if media_type in {"", one.media_type})
    found = next(fitting, None)
    if found is None:
        raise LayerProblem(f"failed to find layer with media type '{media_type}' in artifact")
    return found


async def layer_of(
    repository: Repository, manifest: Manifest, wanted: Descriptor, scratch: Path, *, unpacked: bool
) -> Layer:
    """Pull a layer, and unpack it where that is asked for. Raises LayerProblem."""
    with ExitStack() as held:
        files: Unpacked | None = None
        try:
            packed = held.enter_context(await _packed(repository, wanted, scratch))
            if unpacked:
                files = await asyncio.to_thread(_unpacked, packed, scratch)
        except (OciError, ArtifactError, OSError) as error:
            doing = "extract layer contents from" if unpacked else "copy layer from"
            raise LayerProblem(f"failed to {doing} artifact: {_said(error)}") from None
        held.pop_all()
    return Layer(packed, files, manifest.annotations)


async def _packed(repository: Repository, wanted: Descriptor, scratch: Path) -> IO[bytes]:
    """A layer as it comes. Raises OciError, OSError."""
    if wanted.size <= SMALL:
        return io.BytesIO(await repository.blob(wanted))
    with ExitStack() as held:
        file = held.enter_context(await asyncio.to_thread(_file, scratch))
        await repository.download(wanted, file)
        held.pop_all()
    return file


def _unpacked(packed: IO[bytes], scratch: Path) -> Unpacked:
    """What is in a layer. Blocking. Raises ArtifactError, OSError."""
    with ExitStack() as held:
        files = Unpacked(held.enter_context(_file(scratch, SMALL)))
        files.take(packed)
        held.pop_all()
    return files


def _file(scratch: Path, most: int = 0) -> IO[bytes]:
    """A file without a name: it is gone with the process, however that ends. In memory for as long
    as it has no more than `most` bytes."""
    scratch.mkdir(parents=True, exist_ok=True)
    if most:
        return tempfile.SpooledTemporaryFile(most, dir=str(scratch))
    return tempfile.TemporaryFile(dir=scratch)


def _said(error: Exception) -> str:
    """The system's errors without the paths of this machine."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
