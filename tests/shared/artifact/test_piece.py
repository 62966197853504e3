"""A tarball is the same whatever was packed before, and what was need not be packed again."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tracemalloc
import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.artifact.archive import entries
from shared.artifact.error import ArtifactError
from shared.artifact.piece import BESIDE, LARGEST, Gzip, Piece, Pieces, Recall
from shared.artifact.tarball import Entry, Known, order, write
from tests.fake.cases import DATA

CASES: list[dict[str, Any]] = yaml.safe_load((DATA / "artifact/packed_again.yaml").read_text())
FILES = {
    f"app-{number:03}/file-{each}.yaml": f"app: {number}\nfile: {each}\n" * 9
    for number in range(200)
    for each in range(5)
}
FEW = 256
"""Files of a thousand that one change may have read anew: those of two runs."""


class Source:
    """Files that count how often they are read."""

    def __init__(self, files: Mapping[str, str], run: Iterable[str] = ()) -> None:
        self.files = files
        self.run = set(run)
        self.reads = 0

    def known(self) -> list[Known]:
        return [
            Known(path, content.encode(), partial(self.read, path), path in self.run)
            for path, content in sorted(self.files.items(), key=lambda file: order(file[0]))
        ]

    def read(self, path: str) -> bytes:
        self.reads += 1
        return self.files[path].encode()


def nothing(size: int) -> None:
    """Whoever counts has no limit."""


def packed(source: Source, pieces: Pieces, origin: str = "here") -> bytes:
    sink = io.BytesIO()
    write(source.known(), sink, Recall(pieces, origin, nothing))
    return sink.getvalue()


def anew(source: Source) -> bytes:
    """What is packed where nothing is remembered, of files that are held."""
    sink = io.BytesIO()
    write([Entry(one.path, one.read(), one.executable) for one in source.known()], sink)
    return sink.getvalue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_what_was_packed_before_changes_nothing_of_a_tarball(case):
    pieces = Pieces()
    packed(Source(FILES), pieces)
    files = {path: one for path, one in (FILES | case.get("changed", {})).items() if one}
    source = Source(files, case.get("run", ()))

    again = packed(source, pieces)

    assert source.reads <= case.get("read", FEW)
    assert again == anew(source)
    assert {one.path: one.content for one in entries(again)} == {
        path: content.encode() for path, content in files.items()
    }


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(sorted(FILES)[:300]), st.sampled_from("abc"), max_size=60),
        min_size=1,
        max_size=4,
    )
)
def test_so_it_is_after_any_history(history):
    pieces = Pieces()

    late = [packed(Source(files), pieces) for files in history]

    assert late == [anew(Source(files)) for files in history]


def test_a_tarball_is_one_gzip_member_like_any_other():
    raw = packed(Source(FILES), Pieces())
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)

    whole = reader.decompress(raw)

    assert reader.eof
    assert not reader.unused_data
    assert gzip.decompress(raw) == whole


def test_what_is_named_alike_elsewhere_is_another_thing():
    pieces, source = Pieces(), Source(FILES)
    packed(Source(FILES), pieces, origin="there")

    packed(source, pieces)

    assert source.reads == len(FILES)


def test_files_that_are_not_read_again_are_counted_all_the_same():
    pieces, sizes = Pieces(), list[int]()
    packed(Source(FILES), pieces)

    write(Source(FILES).known(), io.BytesIO(), Recall(pieces, "here", sizes.append))

    assert sum(sizes) == sum(map(len, FILES.values()))


def test_two_files_of_one_name_are_not_packed_where_they_are_known_either():
    known = Known("a", b"1", lambda: b"1")

    with pytest.raises(ArtifactError, match="two entries named 'a'"):
        write([known, known], io.BytesIO(), Recall(Pieces(), "here", nothing))


def test_pieces_that_nobody_used_for_the_longest_time_make_way():
    pieces = Pieces(most=3 * (10 + BESIDE))
    for name in (b"1", b"2", b"3"):
        pieces.add(name, Piece(bytes(10), 0, 1, 1))
    pieces.find(b"1")

    pieces.add(b"4", Piece(bytes(10), 0, 1, 1))

    assert [name for name in (b"1", b"2", b"3", b"4") if pieces.find(name)] == [b"1", b"3", b"4"]
    assert pieces.size == 3 * (10 + BESIDE)


def test_a_piece_that_is_added_twice_counts_once():
    pieces = Pieces()
    for _ in range(2):
        pieces.add(b"1", Piece(bytes(10), 0, 1, 1))

    assert pieces.size == 10 + BESIDE


def test_a_piece_that_is_too_large_is_not_kept():
    pieces = Pieces()
    pieces.add(b"1", Piece(bytes(LARGEST + 1), 0, 1, 1))

    assert pieces.find(b"1") is None
    assert Gzip(io.BytesIO()).squeeze([random.Random(1).randbytes(LARGEST)]) is None


def test_pieces_take_no_more_memory_than_is_counted():
    pieces = Pieces()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(5_000):
            name, data = (hashlib.sha256(bytes(number)).digest() for _ in range(2))
            pieces.add(name, Piece(data, number + 2**30, number + 2**20, number + 2**20))
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert 0 < held <= pieces.size
