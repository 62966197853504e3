"""Ways through a tree."""

from __future__ import annotations

import pytest

from kustomize.directory import Directory, normal
from kustomize.problem import BuildError
from kustomize.reading import Reader
from kustomize.remote import is_remote
from shared.manifest.tree import Tree

TREE = Tree({"app/a": b"a", "app/sub/b": b"b", "base/c": b"c", "top": b"t"})


def directory(path: str = "app", *, anywhere: bool = False) -> Directory:
    return Directory(Reader(TREE), path, anywhere)


@pytest.mark.parametrize("path", ["a", "./a", "sub/../a", "../app/a", "sub//../a"])
def test_files_in_and_below_are_loaded(path: str) -> None:
    assert directory().load(path) == b"a"
    assert directory().load("sub/b") == b"b"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "'app/none' doesn't exist"),
        ("sub", "'app/sub' must resolve to a file"),
        ("../top", "security; file 'top' is not in or below 'app'"),
        ("../../x", "security; '../../x' leads out of the tree"),
        ("/etc/passwd", "security; file '/etc/passwd' is not in or below 'app'"),
        ("https://x/y", "remote resources are not allowed"),
        ("a\0", "cannot be a path"),
        ("x" * 5000, "cannot be a path"),
    ],
)
def test_other_files_are_not(path: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        directory().load(path)

    assert message in str(caught.value)


def test_without_restrictions_all_of_the_tree_is_open() -> None:
    assert directory(anywhere=True).load("../top") == b"t"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "cannot be empty"),
        ("a", "file is not directory"),
        ("none", "not a valid directory"),
        ("/app", "cannot be absolute"),
        (".", "cycle detected"),
        ("..", "cycle detected"),
        ("../../x", "leads out of the tree"),
        ("../base - ../other", "is ambiguous"),
        ("https://x/y", "remote bases are not allowed"),
    ],
)
def test_directories_that_cannot_be_entered(path: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        directory().enter(path)

    assert message in str(caught.value)


def test_a_directory_beside_or_below_is_entered_and_knows_who_led_there() -> None:
    below = directory().enter("sub").enter("../../base")

    assert (below.path, below.load("c")) == ("base", b"c")
    with pytest.raises(BuildError, match=r"app → app/sub → base → app/sub"):
        below.enter("../app/sub")


@pytest.mark.parametrize(
    "path",
    ["https://h/r", "http://h", "ssh://h/r", "git@h:r", "git::https://h/r", "github.com/o/r",
     "gh:o/r", "file:///x", "oci://h/r", "user@host:path"],
)  # fmt: skip
def test_places_elsewhere(path: str) -> None:
    assert is_remote(path)


@pytest.mark.parametrize("path", ["a", "../a", "a.git", "a@b", "./github.com/x", "a:b", "x@v1/y"])
def test_places_here(path: str) -> None:
    assert not is_remote(path)


def test_the_start_is_put_in_the_words_of_the_tree() -> None:
    assert normal("./a//b/../c/") == "a/c"
    assert normal("/") == normal(".") == normal("") == ""
    with pytest.raises(BuildError, match="is not in the tree"):
        normal("a/../..")
