from __future__ import annotations

import pytest

from shared.git.error import GitError
from shared.git.mirror import commit_of, leads_to, opened, tree_of


def test_a_mirror_is_made_where_there_is_none_and_only_for_us(tmp_path):
    with opened(tmp_path / "a" / "b") as mirror:
        assert mirror.kept() == []
        assert mirror.shallow() == set()
        assert not mirror.has("c" * 40)

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_what_was_kept_is_remembered(repository):
    whole = repository.commit({"a": "1"})
    tip = repository.commit({"a": "2"})
    with opened(repository.path) as mirror:
        mirror.deepened({tip.encode()}, set())
        mirror.keep(tip)
        mirror.keep(whole)

    with opened(repository.path) as mirror:
        assert mirror.kept() == [whole.encode(), tip.encode()]
        assert mirror.shallow() == {tip.encode()}
    assert not (repository.path / "refs/kept" / tip).exists()


def test_what_is_no_longer_here_is_not_said_to_be(tmp_path):
    with opened(tmp_path / "mirror") as mirror:
        mirror.keep("c" * 40)
        mirror.deepened({b"d" * 40}, set())

        assert mirror.kept() == []


def test_the_message_of_a_commit_has_no_control_characters(repository):
    commit = repository.commit({"a": "1"}, "a\x1b[31m\tb\n\nmore")

    assert commit_of(repository.repo.object_store, commit, "").subject == "a [31m b"


def test_tags_of_tags_are_followed(repository):
    commit = repository.commit({"a": "1"})
    tag = repository.tag("v1", commit, annotated=True)

    assert commit_of(repository.repo.object_store, tag, "").id == commit


def test_a_file_is_no_commit(repository):
    blob = repository.blob().decode()

    with pytest.raises(GitError, match="leads to no commit"):
        commit_of(repository.repo.object_store, blob, "")
    with pytest.raises(GitError, match="is no commit"):
        tree_of(repository.repo.object_store, blob)


def test_histories_are_searched_as_far_as_they_are_here(repository):
    store = repository.repo.object_store
    old = repository.commit({"a": "1"})
    new = repository.commit({"a": "2"})
    other = repository.commit({"a": "3"}, branch="other")

    assert leads_to(store, new, old)
    assert leads_to(store, new, new)
    assert not leads_to(store, old, new)
    assert not leads_to(store, new, other)
    assert not leads_to(store, "c" * 40, "c" * 40)
