"""Counts and digests a blob on its way. Pure."""

from __future__ import annotations

import hashlib

from shared.oci.error import OciError
from shared.oci.manifest import Descriptor


class Tally:
    """What has come of a blob. More than `most` bytes, or than its descriptor says, is refused at
    once; what was made of it is known at the end."""

    def __init__(self, descriptor: Descriptor, most: int) -> None:
        if descriptor.size > most:
            raise OciError(f"the blob {descriptor.digest} is larger than {most} bytes")
        self._descriptor = descriptor
        self._made = hashlib.new(descriptor.digest.partition(":")[0])
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Take in more. Raises OciError where it becomes too much."""
        self._size += len(piece)
        if self._size > self._descriptor.size:
            raise OciError(
                f"the blob {self._descriptor.digest} is larger than the {self._descriptor.size} "
                "bytes that its manifest says"
            )
        self._made.update(piece)

    def check(self) -> None:
        """Raises OciError where all that came is not what the digest was made of."""
        algorithm, _, value = self._descriptor.digest.partition(":")
        if self._size != self._descriptor.size or self._made.hexdigest() != value:
            raise OciError(
                f"the registry answers with another blob than {self._descriptor.digest}: "
                f"{algorithm}:{self._made.hexdigest()} of {self._size} bytes"
            )
