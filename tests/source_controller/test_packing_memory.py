"""What packing takes of memory does not depend on how much is packed. For layers of registries see
oci/test_oci_repository.py, for generators generator/test_supply.py."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from shared.artifact.piece import Pieces, Recall
from shared.artifact.tarball import write
from shared.git.credential import Credential
from shared.git.remote import Remotes
from shared.git.tree import Content
from shared.object_store.thing import Listed
from shared.runtime.clock import SystemClock
from source_controller.bucketry.index import Index
from source_controller.bucketry.parcel import Parcel
from source_controller.content import entries_of, known, pack
from source_controller.ignore import bare_rules
from source_controller.reference import wish_of
from tests.fake.git_remote import Repository, serving

pytestmark = [pytest.mark.slow]

MIB = 1024 * 1024
COUNT = 40
LIMIT = timedelta(minutes=2)


@dataclass
class Peak:
    """Bytes at the most."""

    size: int = 0


@dataclass
class Nowhere:
    """Takes in a tarball, and counts."""

    size: int = field(default=0)

    def write(self, data: bytes, /) -> None:
        self.size += len(data)


@contextmanager
def traced() -> Iterator[Peak]:
    """What is allocated meanwhile, in this process, whoever does it."""
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        peak.size = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_of_a_commit_one_file_after_the_other_is_held(tmp_path: Path):
    (tmp_path / "git").mkdir()
    repository = Repository(tmp_path / "git/apps.git")
    files = {f"{number}.bin": bytes([number]) * MIB for number in range(COUNT)}
    repository.commit(files, branch="master")
    sink = Nowhere()
    with serving(tmp_path / "git") as remote:
        checkout = await Remotes(tmp_path / "mirrors", SystemClock()).checkout(
            remote.of(repository), wish_of(None), Credential(), LIMIT
        )
    repository.close()

    with traced() as peak:
        checkout.read(lambda files: pack(files, None, sink))

    assert sink.size
    assert peak.size < 12 * MIB


async def test_of_what_was_packed_no_more_is_kept_than_may_be(tmp_path: Path):
    (tmp_path / "git").mkdir()
    repository = Repository(tmp_path / "git/apps.git")
    some = random.Random(1)
    files = {f"{number:03}.bin": some.randbytes(MIB // 64) for number in range(1_000)}
    repository.commit(files, branch="master")
    sink, pieces = Nowhere(), Pieces(most=4 * MIB)
    with serving(tmp_path / "git") as remote:
        checkout = await Remotes(tmp_path / "mirrors", SystemClock()).checkout(
            remote.of(repository), wish_of(None), Credential(), LIMIT
        )
    repository.close()

    def packed(tree: Content) -> None:
        entries = entries_of(tree, None, packed=partial(known, tree))
        write(entries, sink, Recall(pieces, tree.origin, tree.count))

    with traced() as peak:
        checkout.read(packed)

    assert sink.size > 15 * MIB
    assert 0 < pieces.size <= 4 * MIB
    assert peak.size < 12 * MIB


def test_of_an_object_of_a_bucket_one_piece_after_the_other_is_held(tmp_path: Path):
    large = tmp_path / "0"
    large.write_bytes(bytes(COUNT * MIB))
    index = Index()
    index.take([Listed("large.bin", "1", COUNT * MIB)], bare_rules(b"", None))
    sink = Nowhere()

    with traced() as peak:
        Parcel(index, {"large.bin": large}, None).write(sink)

    assert sink.size
    assert peak.size < 4 * MIB
