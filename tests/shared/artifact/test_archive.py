"""Archives that somebody else made, some of them to do harm (reliability-security.md 2.1)."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc

import pytest

from shared.artifact.archive import MIB, Limits, entries, read, stream, walk
from shared.artifact.error import ArtifactError

KINDS = {
    "link": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "sparse": tarfile.GNUTYPE_SPARSE,
    "unknown": b"Z",
}


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def archive(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", format=form) as made:
        for info, content in members:
            made.addfile(info, io.BytesIO(content))
    return file.getvalue()


def raw(*blocks: bytes) -> bytes:
    return gzip.compress(b"".join(blocks) + bytes(1024))


def header(name: bytes, size: bytes = b"00000000001", kind: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:107], block[124 : 124 + len(size)], block[156:157] = b"0000600", size, kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_walk_goes_in_the_order_of_the_archive_and_has_directories():
    made = archive(
        member("./", type=tarfile.DIRTYPE),
        member("b/", type=tarfile.DIRTYPE),
        member("b/x", b"1"),
        member("a", b"2"),
    )

    assert [(entry.path, entry.content) for entry in walk(made)] == [
        ("b", None),
        ("b/x", b"1"),
        ("a", b"2"),
    ]


@pytest.mark.parametrize(
    "names", [("a", "a/"), ("a/", "a"), ("a", "a/b"), ("a/b/c", "a"), ("a", "a/b/"), ("a/b/", "a")]
)
def test_what_is_a_file_and_a_directory_too_is_refused(names):
    kinds = [tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE for name in names]
    made = archive(*(member(name, type=kind) for name, kind in zip(names, kinds, strict=True)))

    with pytest.raises(ArtifactError, match="as a file and as a directory"):
        list(walk(io.BytesIO(made)))


def test_what_may_be_run_can_be_told_apart():
    made = archive(member("a", b"1", mode=0o700), member("b", mode=0o644), member("c", mode=0o4755))

    found = {entry.path: (entry.content, entry.executable) for entry in entries(made)}

    assert found == {"a": (b"1", True), "b": (b"", False), "c": (b"", True)}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_archives_of_any_form_are_read(form):
    name = "/".join(["directory" * 5] * 3) + "/file"
    made = archive(member("./a", b"1"), member(name, b"x" * 2_000), form=form)

    assert dict(read(made)) == {"a": b"1", name: b"x" * 2_000}


def test_symbolic_links_are_left_out_and_nothing_is_written_through_them():
    link = member("d", type=tarfile.SYMTYPE, linkname="/tmp/out")

    assert dict(read(archive(link, member("d/x", b"1")))) == {"d/x": b"1"}


def test_a_chain_of_links_beyond_the_longest_path_leads_nowhere():
    """The shape that unpackers which resolve links are led out by: here no link is resolved."""
    deep, names = "", []
    for letter in "abcdefghijklmnop":
        names += [
            member(f"{deep}{letter * 200}", type=tarfile.DIRTYPE),
            member(f"{deep}{letter}", type=tarfile.SYMTYPE, linkname=letter * 200),
        ]
        deep += f"{letter}/"
    out = [
        member(f"{deep}up", type=tarfile.SYMTYPE, linkname="../" * 16),
        member("out", type=tarfile.SYMTYPE, linkname=f"{deep}up/../../tmp"),
        member("out/x", b"1"),
    ]

    assert dict(read(archive(*names, *out))) == {"out/x": b"1"}


def test_a_hard_link_with_another_name_in_its_pax_header_is_refused():
    link = member("a", type=tarfile.LNKTYPE, linkname="b")
    link[0].pax_headers = {"path": "harmless", "linkpath": "../../data/other-tenant.tar.gz"}

    with pytest.raises(ArtifactError, match=r"'harmless'.* neither a file nor a directory"):
        read(archive(link))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_everything_but_files_and_directories_is_refused(kind):
    with pytest.raises(ArtifactError, match="neither a file nor a directory"):
        read(raw(header(b"x", b"00000000000", kind)))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/x", "a/../../x", "/abs", "C:\\x", "a\\..\\b", "./../x", "..", "a/..",
        "a//b", "a/./b", "././a", "x\0y",
    ],
)  # fmt: skip
def test_names_that_lead_out_are_refused(name):
    pax = b"%d path=%s\n"
    length = len(name) + 9
    record = pax % (length if len(str(length)) == 2 else length + 1, name.encode())
    overriding = raw(
        header(b"pax", b"%011o" % len(record), b"x") + record.ljust(512, b"\0"),
        header(b"harmless"), b"x".ljust(512, b"\0"),
    )  # fmt: skip

    with pytest.raises(ArtifactError, match="invalid name"):
        read(overriding)
    if "\0" not in name:
        with pytest.raises(ArtifactError, match="invalid name"):
            read(archive(member(name, b"x"), form=tarfile.GNU_FORMAT))


def test_the_size_of_a_pax_header_counts():
    record = b"10 size=3\n"
    made = raw(
        header(b"pax", b"%011o" % len(record), b"x") + record.ljust(512, b"\0"),
        header(b"a", b"00000000001"),
        b"abc".ljust(512, b"\0"),
    )

    assert dict(read(made)) == {"a": b"abc"}


BROKEN = [
    (b"", "ends too early"),
    (b"no gzip", "not gzip"),
    (gzip.compress(b""), None),
    (gzip.compress(b"x" * 100), "ends too early"),
    (gzip.compress(bytes(511)), None),
    (gzip.compress(b"x" * 512), "damaged"),
    (raw(header(b"a", b"77777777777")), "unpacks to more"),
    (raw(header(b"a", b"\x80" + b"\xff" * 11)), "unpacks to more"),
    (raw(header(b"a", b"\xff" * 12)), "damaged"),
    (raw(header(b"a", b"-0000000001")), "damaged"),
    (raw(header(b"a", b"00000010000")), "ends too early"),
    (raw(header(b"a\xff")), "not UTF-8"),
    (raw(header(b"pax", b"%011o" % 13, b"x"), b"13 size=abcd\n".ljust(512, b"\0")), "damaged"),
    (raw(header(b"pax", b"%011o" % 5, b"x"), b"99 a=".ljust(512, b"\0")), "damaged"),
    (raw(header(b"pax", b"00010000000", b"x")), "header that is too long"),
    (raw(header(b"a"), b"x".ljust(512, b"\0"))[:-6], "ends too early"),
    (raw(header(b"a"), b"x".ljust(512, b"\0")) + b"junk", "not gzip"),
    (gzip.compress(bytes(1024) + b"more"), "goes on after its end"),
    (raw(header(b"a"), bytes(512), header(b"a"), bytes(512)), "two files named 'a'"),
    (raw(header(b"a"), bytes(512), header(b"a/b"), bytes(512)), "file and as a directory"),
    (raw(header(b"a"), bytes(512), header(b"a", b"0", b"5")), "file and as a directory"),
    (raw(header(b"."), bytes(512)), "two files named ''"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "complaint"), BROKEN, ids=[f"{i}: {case[1]}" for i, case in enumerate(BROKEN)]
)
def test_what_is_broken_is_refused(data, complaint):
    if complaint is None:
        assert dict(read(data)) == {}
    else:
        with pytest.raises(ArtifactError, match=complaint):
            read(data)


def test_a_checksum_that_is_wrong_is_noticed():
    data = bytearray(raw(header(b"a"), b"x".ljust(512, b"\0")))
    data[-8] ^= 1

    with pytest.raises(ArtifactError, match="damaged"):
        read(bytes(data))


def test_gzip_in_several_members_is_read_as_one():
    whole = header(b"a") + b"x".ljust(512, b"\0") + bytes(1024)

    assert dict(read(gzip.compress(whole[:700]) + gzip.compress(whole[700:]))) == {"a": b"x"}


def test_a_bomb_is_stopped_at_the_limit():
    bomb = gzip.compress(header(b"a", b"%011o" % (60 * MIB)) + bytes(60 * MIB))

    with pytest.raises(ArtifactError, match="unpacks to more than 1 MiB"):
        read(bomb, Limits(size=MIB))


def test_a_bomb_takes_no_more_memory_than_any_other_archive():
    bomb = gzip.compress(header(b"a", b"%011o" % (60 * MIB)) + bytes(60 * MIB + 1024))

    tracemalloc.start()
    sizes = [sum(map(len, found.pieces or ())) for found in stream(bomb)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sizes == [60 * MIB]
    assert peak < 4 * MIB


def test_zeros_behind_the_end_count_too():
    with pytest.raises(ArtifactError, match="unpacks to more than 1 MiB"):
        read(gzip.compress(bytes(60 * MIB)), Limits(size=MIB))


def test_entries_are_counted():
    many = archive(*(member(f"{number}") for number in range(11)))

    with pytest.raises(ArtifactError, match="more than 10 entries"):
        read(many, Limits(entries=10))


@pytest.mark.parametrize("name", ["d/" * 300 + "f", "x" * 5_000], ids=["deep", "long"])
def test_paths_are_bounded(name):
    with pytest.raises(ArtifactError, match="path of more than"):
        read(archive(member(name)))


def test_names_with_control_characters_are_escaped_in_errors():
    with pytest.raises(ArtifactError) as refusal:
        read(archive(member("a\x1b[31m\n/../b")))

    assert "\x1b" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_of_a_file_that_comes_by_as_much_is_taken_as_is_wanted():
    large = bytes(range(256)) * 3_000
    data = archive(member("a", large), member("b", large), member("c", b"c"))

    taken = {}
    for found in stream(io.BytesIO(data)):
        assert found.pieces is not None
        wanted = 1 if found.path == "b" else None
        taken[found.path] = b"".join(list(found.pieces)[:wanted])

    assert (taken["a"], taken["c"]) == (large, b"c")
    assert 0 < len(taken["b"]) < len(large)


def test_a_file_that_nobody_looks_into_is_passed_over():
    data = archive(member("a", b"x" * 1_000_000), member("b", b"b"))

    assert [found.path for found in stream(data)] == ["a", "b"]


def test_a_file_that_says_that_it_is_too_large_is_refused_before_anything_of_it_is_given():
    data = raw(header(b"a", size=b"77777777777"))

    with pytest.raises(ArtifactError, match="unpacks to more than 1 MiB"):
        next(stream(data, Limits(size=MIB)))


def test_a_file_that_ends_too_early_is_no_file():
    data = raw(header(b"a", size=b"00000100000"), b"x" * 512)

    with pytest.raises(ArtifactError, match="ends too early"):
        [b"".join(found.pieces or ()) for found in stream(data)]
