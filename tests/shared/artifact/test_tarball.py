from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.artifact.archive import read
from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Entry, Streamed, pack, write

names = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="/\\\0"), min_size=1
).filter(lambda name: name not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def members(raw: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        return archive.getmembers()


def entries(**files: bytes) -> list[Entry]:
    return [Entry(path.replace("__", "/"), content) for path, content in files.items()]


def test_directories_come_before_what_is_in_them_from_the_root_on():
    raw = pack([Entry("a.b", b""), Entry("a/b/c", b"x"), Entry("a/b.x", b"")])

    assert [m.name for m in members(raw)] == [".", "a", "a/b", "a/b/c", "a/b.x", "a.b"]


def test_a_directory_can_be_empty():
    raw = pack([Entry("images", None), Entry("a", b"x")])

    assert [m.name for m in members(raw) if m.isdir()] == [".", "images"]


def test_modes_are_the_same_for_everybody_and_nothing_tells_of_this_machine():
    raw = pack([Entry("dir/run.sh", b"#!", executable=True), Entry("dir/a", b"x")])

    assert [(m.name, oct(m.mode)) for m in members(raw)] == [
        (".", "0o750"),
        ("dir", "0o750"),
        ("dir/a", "0o600"),
        ("dir/run.sh", "0o700"),
    ]
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members(raw)} == {(0, 0, "", "", 0)}
    assert raw[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_names_of_directories_do_not_end_in_a_slash():
    raw = gzip.decompress(pack([Entry("dir/a", b"x")]))

    assert raw[512 : 512 + 5] == b"dir\0\0"
    assert raw[512 + 156 : 512 + 157] == b"5"


def test_the_order_of_entries_makes_no_difference():
    some = entries(a=b"1", b__c=b"2", b__d=b"3")

    assert pack(some) == pack(reversed(some))


@pytest.mark.parametrize("path", ["/abs", "../x", "a/../b", "a\\b", "", "a//b", "./a", "a\0b"])
def test_what_nobody_would_read_is_not_packed(path):
    with pytest.raises(ArtifactError, match="invalid name"):
        pack([Entry(path, b"x")])


def test_two_files_of_one_name_are_not_packed():
    with pytest.raises(ArtifactError, match="two entries named 'a'"):
        pack([Entry("a", b"1"), Entry("a", b"2")])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(paths, st.binary(max_size=1_500), max_size=8))
def test_what_was_packed_is_read_again(files):
    parents = {path[:i] for path in files for i, c in enumerate(path) if c == "/"}
    files = {path: content for path, content in files.items() if path not in parents}

    raw = pack(Entry(path, content) for path, content in files.items())

    assert dict(read(raw)) == files
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        assert {m.name for m in archive.getmembers() if m.isfile()} == set(files)


def test_long_names_are_kept():
    long = "/".join(["d" * 90] * 5) + "/" + "f" * 200

    assert dict(read(pack([Entry(long, b"x")]))) == {long: b"x"}


@pytest.mark.parametrize("length", [*range(84, 104), *range(980, 1000)])
def test_names_of_any_length_are_read_by_others_too(length):
    name = "ä" + "x" * (length - 2)
    path = "/".join(name[i : i + 90] for i in range(0, len(name), 90))

    names = [member.name for member in members(pack([Entry(path, b"1")]))]

    assert names[-1] == path


def test_a_file_that_comes_in_pieces_is_packed_as_one_that_is_held():
    content = bytes(range(256)) * 1_000

    def pieces():
        yield from (content[at : at + 999] for at in range(0, len(content), 999))

    sink = io.BytesIO()
    write([Entry("a", b"1"), Streamed("b/c", len(content), pieces)], sink)

    assert sink.getvalue() == pack([Entry("a", b"1"), Entry("b/c", content)])


@pytest.mark.parametrize("size", [0, 3, 5])
def test_a_file_that_is_not_as_long_as_it_said_is_refused(size):
    with pytest.raises(ArtifactError, match="'a' changed its length while it was packed"):
        write([Streamed("a", size, lambda: iter([b"12", b"34"]))], io.BytesIO())
