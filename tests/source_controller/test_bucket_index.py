from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.artifact.path import checked
from shared.object_store.thing import Listed
from source_controller.bucketry.index import Index, IndexProblem, path_of
from source_controller.ignore import bare_rules

KEYS = st.text(st.sampled_from("ab./\\\0 ñ\n"), max_size=30) | st.text(max_size=30)
NOTHING = bare_rules(b"", None)


@given(KEYS)
def test_a_key_is_a_path_within_the_artifact_or_refused(key):
    try:
        path = path_of(key)
    except IndexProblem:
        return
    assert checked(path) == path
    assert path_of(path) == path


@given(st.dictionaries(KEYS, st.text(st.sampled_from("0123456789abcdef"), max_size=8), max_size=8))
def test_the_revision_is_that_of_the_sorted_lines(tags):
    index = Index()
    index.take([Listed(key, tag, 1) for key, tag in tags.items()], NOTHING)
    lines = sorted(
        f"{key} {tag}\n".encode("utf-8", "surrogatepass")
        for key, tag in tags.items()
        if not key.endswith("/") and key != ".sourceignore"
    )
    keys = [line.rpartition(b" ")[0] for line in lines]
    in_order = sorted(lines, key=lambda line: line.rpartition(b" ")[0])

    assert len(index.objects) == len(keys)
    expected = hashlib.sha256(b"".join(in_order)).hexdigest()
    assert index.digest() == f"sha256:{expected}"


@pytest.mark.parametrize(
    ("revision", "is_it"),
    [
        ("sha256:" + hashlib.sha256(b"a 1\n").hexdigest(), True),
        ("sha512:" + hashlib.sha512(b"a 1\n").hexdigest(), True),
        (hashlib.sha256(b"a 1\n").hexdigest(), True),
        ("sha256:" + hashlib.sha256(b"a 2\n").hexdigest(), False),
        ("md5:1", False),
        ("", False),
    ],
)
def test_a_revision_is_known_by_whatever_it_was_digested(revision, is_it):
    index = Index()
    index.take([Listed("a", "1", 1)], NOTHING)

    assert index.is_of(revision) is is_it


@pytest.mark.parametrize(
    ("file", "spec", "left"),
    [
        (b"", None, {"a.png", ".git/x", "d/b"}),
        (b"*.png", None, {".git/x", "d/b"}),
        (b"", "d/", {"a.png", ".git/x"}),
        (b"*\n", "!d/b", {"d/b"}),
        (b"# *\n", "", {"a.png", ".git/x", "d/b"}),
    ],
)
def test_what_is_ignored_is_not_in_the_index(file, spec, left):
    index = Index()
    index.take(
        [Listed(key, "", 1) for key in ("a.png", ".git/x", "d/b", "e/")], bare_rules(file, spec)
    )

    assert set(index.objects) == left
