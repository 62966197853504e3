from __future__ import annotations

import io

import pytest

from shared.artifact.archive import read
from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Entry, pack, write
from source_controller.generator import stage as limits
from source_controller.generator.material import File, Material, cleaned
from source_controller.generator.problem import CompositionError
from source_controller.generator.spool import CHUNK, Spool
from source_controller.generator.stage import Stage


def staged(**files: bytes) -> Stage:
    stage = Stage()
    for name, content in files.items():
        stage.put(name.replace("__", "/"), File(content))
    return stage


def test_the_same_files_have_the_same_digest_in_whatever_order_they_came():
    one, other = staged(a=b"1", d__b=b"2"), staged(d__b=b"2", a=b"1")

    assert one.digest() == other.digest()
    assert len(one.digest()) == 64


@pytest.mark.parametrize(
    "other",
    [
        staged(a=b"1"),
        staged(a=b"1", d__b=b"3"),
        staged(a=b"1", d__c=b"2"),
        staged(a=b"12", d__b=b""),
    ],
)
def test_other_files_have_another(other):
    assert staged(a=b"1", d__b=b"2").digest() != other.digest()


def test_so_have_files_that_may_be_run_and_empty_directories():
    plain, run, empty = staged(a=b"1"), Stage(), staged(a=b"1")
    run.put("a", File(b"1", executable=True))
    empty.make("d")

    assert len({plain.digest(), run.digest(), empty.digest()}) == 3


def test_what_replaces_a_file_takes_its_place():
    stage = staged(a=b"one")
    stage.put("a", File(b"longer"))

    assert stage.size == 6


def test_it_is_packed_in_the_order_of_a_walk():
    stage = staged(b__x=b"1", a=b"2")
    stage.make("empty/below")

    assert [entry.path for entry in stage.entries()] == ["a", "b", "b/x", "empty", "empty/below"]
    sink = io.BytesIO()
    write(stage.entries(), sink)
    assert dict(read(sink.getvalue())) == {"a": b"2", "b/x": b"1"}


def test_an_artifact_has_its_limits():
    stage = staged(a=b"1")
    stage.size = limits.MOST_BYTES

    with pytest.raises(CompositionError, match="more than 1073741824 bytes"):
        stage.put("b", File(b"1"))


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("", "."), (".", "."), ("./", "."), ("a//b/./../c/", "a/c"), ("../x", "../x"),
        ("a/../..", ".."), ("/x", "/x"), ("//x", "/x"), ("a/..", "."),
    ],
)  # fmt: skip
def test_paths_are_cleaned_as_go_does(path, clean):
    assert cleaned(path) == clean


def test_a_source_is_unpacked_with_its_directories(tmp_path):
    packed = pack([Entry("a/run", b"#!", True), Entry("b", b"1"), Entry("empty", None)])

    found = Material.unpacked(packed, Spool(tmp_path))

    assert {path: file.whole() for path, file in found.files.items()} == {"a/run": b"#!", "b": b"1"}
    assert [path for path, file in found.files.items() if file.executable] == ["a/run"]
    assert found.files["b"].digest() == File(b"1").digest()
    assert found.directories() == ["a", "empty"]
    assert found.listing(".") == ["a", "b", "empty"]
    assert found.weight() > 3
    # Nothing of it has a name on the disk.
    assert list(tmp_path.iterdir()) == []


def test_a_content_on_the_disk_comes_piece_by_piece(tmp_path):
    spool, content = Spool(tmp_path), bytes(range(256)) * 3_000
    spool.keep(b"before")

    kept = spool.keep(content)

    assert b"".join(kept.pieces()) == kept.whole() == content
    assert max(map(len, kept.pieces())) == CHUNK
    assert spool.keep(b"").whole() == b""


def test_a_disk_that_takes_nothing_is_said_without_its_paths(tmp_path):
    (tmp_path / "way").write_text("in the way")

    with pytest.raises(ArtifactError, match="failed to keep the files of a source") as failure:
        Spool(tmp_path / "way")

    assert str(tmp_path) not in str(failure.value)
