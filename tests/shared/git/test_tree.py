from __future__ import annotations

import pytest

from shared.git.deadline import Limits
from shared.git.error import GitError
from shared.git.tree import Content
from tests.fake.git_remote import Repository

FILE, EXECUTABLE, LINK, DIRECTORY, MODULE = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000


def content(repository: Repository, tree: bytes, limits: Limits | None = None) -> Content:
    return Content(repository.repo.object_store, tree, limits or Limits())


def test_files_are_listed_and_read(repository):
    tree = repository.tree({"run.sh*": "#!", "dir/sub/a.yaml": "one", "link@": "../../etc/passwd"})

    files = content(repository, tree)

    assert {(f.path, f.executable) for f in files.listing()} == {
        ("run.sh", True),
        ("dir/sub/a.yaml", False),
    }
    assert {files.read(file) for file in files.listing()} == {b"#!", b"one"}


@pytest.mark.parametrize(
    "name",
    [
        b"..", b".", b"", b"a/b", b"../x", b".git", b".GIT", b".Git", b".git ", b".git.",
        b".git. .", b"git~1", b"GIT~1", ".g\u200cit".encode(), "\ufeff.git".encode(),
        b".git::$INDEX_ALLOCATION",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", [FILE, DIRECTORY])
def test_a_name_that_could_do_harm_refuses_the_whole_tree(repository, name, mode):
    entry = repository.blob() if mode == FILE else repository.tree({"x": "x"})
    tree = repository.raw_tree((b"a.yaml", FILE, repository.blob()), (name, mode, entry))

    with pytest.raises(GitError, match=r"unsafe name|cannot be read"):
        content(repository, tree).listing()


@pytest.mark.parametrize(
    "name", [b".gitignore", b".github", b"git", b"..a", b"a..", b"...", b"Icon\r"]
)
def test_a_name_that_only_looks_alike_is_fine(repository, name):
    tree = repository.raw_tree((name, FILE, repository.blob()))

    assert [file.path for file in content(repository, tree).listing()] == [name.decode()]


def test_names_that_differ_in_case_are_different_files(repository):
    tree = repository.tree({"README": "one", "readme": "two"})

    assert len(content(repository, tree).listing()) == 2


def test_two_entries_of_one_name_are_refused(repository):
    blob = repository.blob()
    tree = repository.raw_tree((b"a", FILE, blob), (b"a", EXECUTABLE, blob))

    with pytest.raises(GitError, match="twice"):
        content(repository, tree).listing()


def test_submodules_and_links_are_left_out(repository):
    tree = repository.raw_tree(
        (b"a", FILE, repository.blob()),
        (b"link", LINK, repository.blob(b".git/hooks")),
        (b"module", MODULE, b"1" * 40),
    )

    assert [file.path for file in content(repository, tree).listing()] == ["a"]


def test_a_name_that_is_not_utf8_is_refused(repository):
    tree = repository.raw_tree((b"caf\xe9", FILE, repository.blob()))

    with pytest.raises(GitError, match="not UTF-8"):
        content(repository, tree).listing()


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        (Limits(files=2), "more than 2 files"),
        (Limits(depth=1), "more than 1 directories in a row"),
        (Limits(name=5), "path of more than 5 characters"),
    ],
)
def test_trees_are_bounded(repository, limits, complaint):
    tree = repository.tree({"a": "1", "b": "2", "c/d/e/f": "3"})

    with pytest.raises(GitError, match=complaint):
        content(repository, tree, limits).listing()


def test_what_is_read_is_bounded_in_all(repository):
    files = content(
        repository, repository.tree({"a": "x" * 60, "b": "x" * 60}), Limits(content=100)
    )

    with pytest.raises(GitError, match="of files"):
        [files.read(file) for file in files.listing()]


@pytest.mark.parametrize("leaf", [{"a": "x"}, {}])
def test_a_tree_that_holds_itself_many_times_over_is_bounded(repository, leaf):
    tree = repository.tree(leaf)
    for _ in range(30):
        tree = repository.raw_tree((b"a", DIRECTORY, tree), (b"b", DIRECTORY, tree))

    with pytest.raises(GitError, match="more than 1000 files"):
        content(repository, tree, Limits(files=1_000)).listing()


def test_files_that_need_not_be_read_count_towards_the_limit(repository):
    tree = repository.tree({"a": "12345", "b": "12345"})
    files = content(repository, tree, Limits(content=9))
    file = files.listing()[0]
    files.read(file)

    with pytest.raises(GitError, match="the commit has more than"):
        files.count(5)


def test_repositories_in_two_places_are_of_two_origins(repository, tmp_path):
    other = Repository(tmp_path / "other.git")

    origins = {content(one, one.tree({"a": "1"})).origin for one in (repository, other)}
    other.close()

    assert len(origins) == 2
    assert "" not in origins
