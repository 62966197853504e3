from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.git.credential import Credential, Secret
from shared.git.error import EmptyRepository, GitError, ReferenceNotFound
from shared.git.location import parse
from shared.git.remote import key_of
from tests.fake.git_remote import HttpRemote, Repository
from tests.fake.git_wish import MINUTE, Asking, content, exactly, pointed, remotes


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    return Asking(tmp_path, server.of(repository))


async def test_the_commit_of_a_branch_is_found_with_all_its_files(asking, repository):
    commit = repository.commit({"a.yaml": "one", "dir/b.yaml": "two"}, "first\n\nand more")

    checkout = await asking.checkout()

    assert checkout.commit.id == commit
    assert checkout.commit.subject == "first"
    assert content(checkout) == {"a.yaml": b"one", "dir/b.yaml": b"two"}


async def test_an_unchanged_remote_costs_one_listing_of_references(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    server.conversations.clear()

    await asking.checkout()

    assert [talk.command for talk in server.conversations] == ["ls-refs"]
    assert server.fetches() == []


@pytest.mark.slow
async def test_of_a_new_commit_only_what_is_new_is_fetched(asking, repository, server):
    many = {f"dir{i % 20}/file{i}.yaml": f"number {i}\n" * 40 for i in range(1_000)}
    repository.commit(many)
    await asking.checkout()
    repository.commit(many | {"dir7/file7.yaml": "another"})

    checkout = await asking.checkout()

    first, second = server.fetches()
    assert second.answered < 2_500 < 40_000 < first.answered
    # A commit, two trees and a blob.
    assert objects_in(asking) == 1_000 + 20 + 1 + 1 + 4
    assert content(checkout)["dir7/file7.yaml"] == b"another"
    assert len(content(checkout)) == 1_000


async def test_a_commit_that_was_here_before_is_not_fetched_again(asking, repository, server):
    old = repository.commit({"a.yaml": "one"})
    await asking.checkout()
    repository.commit({"a.yaml": "two"})
    await asking.checkout()
    repository.point("refs/heads/main", old)

    checkout = await asking.checkout()

    assert checkout.commit.id == old
    assert len(server.fetches()) == 2


async def test_what_the_disk_has_lost_is_fetched_again(asking, tmp_path, repository):
    files = {f"{number}.yaml": "one" for number in range(5)}
    repository.commit(files)
    await asking.checkout()
    for pack in (tmp_path / "mirrors").rglob("objects/pack/*"):
        pack.unlink()
    commit = repository.commit(files | {"0.yaml": "two"})

    checkout = await asking.checkout()

    assert checkout.commit.id == commit
    assert len(content(checkout)) == 5


async def test_a_history_that_was_rewritten_is_followed(asking, repository):
    repository.commit({"a.yaml": "one"})
    repository.commit({"a.yaml": "two"})
    await asking.checkout()
    del repository.tips["main"]
    rewritten = repository.commit({"a.yaml": "another beginning"})

    checkout = await asking.checkout()

    assert checkout.commit.id == rewritten
    assert content(checkout) == {"a.yaml": b"another beginning"}


async def test_a_branch_that_is_gone_is_named_in_the_error(asking, repository):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    repository.commit({"a.yaml": "one"}, branch="other")
    repository.drop("refs/heads/main")

    with pytest.raises(ReferenceNotFound, match="couldn't find remote ref 'refs/heads/main'"):
        await asking.checkout()


async def test_a_repository_without_commits_is_empty(asking, repository):
    with pytest.raises(EmptyRepository, match="git repository is empty"):
        await asking.checkout()


async def test_an_annotated_tag_leads_to_its_commit_and_is_not_fetched_twice(
    asking, repository, server
):
    commit = repository.commit({"a.yaml": "one"})
    repository.tag("v1.0.0", commit, annotated=True)

    first = await asking.checkout(pointed("refs/tags/v1.0.0"))
    second = await asking.checkout(pointed("refs/tags/v1.0.0"))

    assert first.commit.id == second.commit.id == commit
    assert len(server.fetches()) == 1


async def test_a_tag_that_leads_to_no_commit_is_an_error(asking, repository):
    repository.commit({"a.yaml": "one"})
    repository.point("refs/tags/odd", repository.blob().decode())

    with pytest.raises(GitError, match="'refs/tags/odd' leads to no commit"):
        await asking.checkout(pointed("refs/tags/odd"))


async def test_a_commit_that_no_reference_points_to_is_fetched_without_its_history(
    asking, repository, server
):
    old = repository.commit({"a.yaml": "one"})
    repository.commit({"a.yaml": "two"})

    checkout = await asking.checkout(exactly(old))

    assert content(checkout) == {"a.yaml": b"one"}
    assert checkout.commit.reference == ""


async def test_a_commit_that_is_nowhere_is_an_error(asking, repository):
    repository.commit({"a.yaml": "one"})

    with pytest.raises(ReferenceNotFound, match="unable to resolve commit object for 'c0ffee"):
        await asking.checkout(exactly("c0ffee" + "0" * 34))


async def test_older_servers_give_a_commit_by_way_of_its_branch(asking, repository, server):
    server.version = 0
    repository.repo.get_config().set((b"uploadpack",), b"allowAnySHA1InWant", b"false")
    repository.repo.get_config().write_to_path()
    old = repository.commit({"a.yaml": "one"})
    repository.commit({"a.yaml": "two"})

    checkout = await asking.checkout(exactly(old))

    assert content(checkout) == {"a.yaml": b"one"}


async def test_a_commit_is_taken_from_the_branch_that_it_is_expected_on(asking, repository):
    old = repository.commit({"a.yaml": "one"})
    for number in range(5):
        repository.commit({"a.yaml": f"{number}"})

    checkout = await asking.checkout(exactly(old, within="refs/heads/main"))

    assert checkout.commit.reference == "refs/heads/main"
    assert content(checkout) == {"a.yaml": b"one"}


async def test_a_commit_on_another_branch_than_expected_is_an_error(asking, repository):
    repository.commit({"a.yaml": "one"})
    elsewhere = repository.commit({"a.yaml": "two"}, branch="other")

    with pytest.raises(ReferenceNotFound, match="on 'refs/heads/main': object not found"):
        await asking.checkout(exactly(elsewhere, within="refs/heads/main"))


async def test_a_history_that_was_cut_is_fetched_when_it_is_needed(asking, repository):
    old = repository.commit({"a.yaml": "one"})
    repository.commit({"a.yaml": "two"})
    await asking.checkout()

    checkout = await asking.checkout(exactly(old, within="refs/heads/main"))

    assert checkout.commit.id == old


@pytest.mark.slow
async def test_many_fetches_leave_few_packs_and_what_is_needed(asking, repository):
    for number in range(30):
        repository.commit({"a.yaml": f"{number}", "b.yaml": "same"})
        checkout = await asking.checkout()

    assert len(list(mirror_of(asking).glob("objects/pack/*.pack"))) < 26
    assert content(checkout) == {"a.yaml": b"29", "b.yaml": b"same"}


@pytest.mark.parametrize("damage", ["HEAD", "pack", "idx"])
async def test_a_mirror_that_was_damaged_is_fetched_anew(asking, repository, damage):
    repository.commit({"a.yaml": "one" * 500})
    await asking.checkout()
    for path in mirror_of(asking).rglob("*"):
        if path.is_file() and path.name.endswith(damage):
            path.chmod(0o600)
            path.write_bytes(b"garbage" * 20)
    commit = repository.commit({"a.yaml": "two"})

    checkout = await asking.checkout()

    assert checkout.commit.id == commit
    assert content(checkout) == {"a.yaml": b"two"}


async def test_files_that_rot_on_the_disk_are_noticed_and_fetched_anew(asking, repository):
    repository.commit({"a.yaml": "one" * 500})
    checkout = await asking.checkout()
    pack = next(mirror_of(asking).glob("objects/pack/*.pack"))
    pack.chmod(0o600)
    raw = bytearray(pack.read_bytes())
    raw[12:-20] = bytes(byte ^ 0xFF for byte in raw[12:-20])
    pack.write_bytes(raw)

    with pytest.raises(GitError, match="the copy of the remote was damaged"):
        content(checkout)

    assert content(await asking.checkout()) == {"a.yaml": b"one" * 500}


async def test_leftovers_of_a_fetch_that_was_killed_are_removed(asking, repository):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    leftover = mirror_of(asking) / "objects" / "pack" / "tmpabc.pack"
    leftover.write_bytes(b"half a pack")

    await asking.checkout()

    assert not leftover.exists()


async def test_what_was_fetched_for_one_is_not_offered_to_another(asking, repository, server):
    repository.commit({"a.yaml": "one"})
    await asking.checkout(credential=Credential(username="a", holder="team-a/git"))

    await asking.checkout(credential=Credential(username="b", holder="team-b/git"))

    assert len(server.fetches()) == 2


async def test_mirrors_that_nobody_uses_are_swept(asking, repository):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()

    assert asking.remotes.sweep({(asking.url, ""), ("no URL", "")}) == 0
    assert asking.remotes.sweep(set()) == 1
    assert list(asking.remotes.root.iterdir()) == []


async def test_the_mirrors_of_submodules_are_in_use_as_long_as_that_of_their_repository_is(
    asking, repository, tmp_path
):
    repository.commit({"a.yaml": "one"})
    await asking.checkout()
    inner = Repository(tmp_path / "remote" / "inner.git")
    inner.commit({"b.yaml": "two"})
    there = asking.url.rpartition("/")[0] + "/inner.git"
    await asking.remotes.checkout(there, pointed(), Credential(), MINUTE)
    await asking.remotes.relate(asking.url, "", {(there, ""), ("no URL", "")})
    inner.close()

    assert asking.remotes.sweep({(asking.url, "")}) == 0
    assert asking.remotes.sweep({(there, "")}) == 1


async def test_a_mirror_that_makes_way_is_fetched_again_when_it_is_needed(
    asking, repository, server, tmp_path
):
    commit = repository.commit({"a.yaml": "one"})
    other = Repository(tmp_path / "remote" / "other.git")
    other.commit({"b.yaml": "two"})
    small = remotes(tmp_path, most=1)
    await small.checkout(asking.url, pointed(), Credential(), MINUTE)
    there = asking.url.rpartition("/")[0] + "/other.git"
    await small.checkout(there, pointed(), Credential(), MINUTE)
    other.close()
    assert len(list(small.root.iterdir())) == 1

    again = await small.checkout(asking.url, pointed(), Credential(), MINUTE)

    assert content(again) == {"a.yaml": b"one"}
    assert again.commit.id == commit
    assert len(list(small.root.iterdir())) == 1


async def test_a_server_that_falls_silent_is_given_up_in_time(asking, repository, server):
    def hang(handler, body):
        return server.closing.wait()

    repository.commit({"a.yaml": "one"})
    server.interfere = hang

    with pytest.raises(GitError, match="timed out"):
        await asking.checkout(limit=timedelta(milliseconds=100))


async def test_repositories_of_this_machine_are_read_where_they_are(tmp_path, repository):
    repository.commit({"a.yaml": "one"})
    local = remotes(tmp_path, local=(("http://git.local", tmp_path / "remote"),))

    checkout = await local.checkout("http://git.local/apps.git", pointed(), Credential(), MINUTE)

    assert content(checkout) == {"a.yaml": b"one"}
    assert not (tmp_path / "mirrors").exists()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://git.local/../../etc", "no local repository"),
        ("http://git.local/absent", "cannot be read as a repository"),
    ],
)
async def test_other_directories_of_this_machine_are_not_read(tmp_path, url, complaint):
    local = remotes(tmp_path, local=(("http://git.local", tmp_path / "remote"),))

    with pytest.raises(GitError, match=complaint):
        await local.checkout(url, pointed(), Credential(), MINUTE)


def test_mirrors_are_told_apart_by_user_and_holder_and_not_by_password():
    def key(url: str, holder: str = "") -> str:
        return key_of(parse(url), holder)

    assert key("https://a@git.example/x") != key("https://b@git.example/x")
    assert key("https://git.example/x", "a/one") != key("https://git.example/x", "b/one")
    assert key("https://a:1@git.example/x") == key("https://a:2@git.example/x")
    assert Secret("1") != Secret("2")


def mirror_of(asking: Asking) -> Path:
    (mirror,) = asking.remotes.root.iterdir()
    return mirror


def objects_in(asking: Asking) -> int:
    """How many objects have come, counted in the packs' own headers."""
    packs = mirror_of(asking).glob("objects/pack/*.idx")
    names: set[bytes] = set()
    for path in packs:
        raw = path.read_bytes()
        count = int.from_bytes(raw[8 + 255 * 4 : 8 + 256 * 4], "big")
        table = 8 + 256 * 4
        names |= {raw[table + i * 20 : table + i * 20 + 20] for i in range(count)}
    return len(names)
