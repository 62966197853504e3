"""What happens on the way to a Git server: signing in, being sent elsewhere, and nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.git.credential import Credential, Secret
from shared.git.deadline import Limits
from shared.git.error import GitError
from shared.git.smart_http import authorization
from tests.fake.git_remote import (
    HttpRemote,
    Repository,
    demand,
    demand_header,
    redirect,
    send,
    serving,
)
from tests.fake.git_wish import Asking, content

ADA = Credential(username="ada", password=Secret("c4n4ry"), holder="apps/ada")
ADVERTISEMENT = {"Content-Type": "application/x-git-upload-pack-advertisement"}
RESULT = {"Content-Type": "application/x-git-upload-pack-result"}


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    repository.commit({"a.yaml": "one"})
    return Asking(tmp_path, server.of(repository))


async def test_a_password_opens_the_door(asking, server):
    server.interfere = demand("ada", "c4n4ry")

    checkout = await asking.checkout(credential=ADA)

    assert content(checkout) == {"a.yaml": b"one"}


async def test_a_token_opens_the_door(asking, server):
    server.interfere = demand_header("Bearer c4n4ry")

    await asking.checkout(credential=Credential(bearer=Secret("c4n4ry")))


def test_a_token_comes_before_a_password():
    both = Credential(username="ada", password=Secret("x"), bearer=Secret("t"))

    assert authorization(both) == {"Authorization": "Bearer t"}
    assert authorization(Credential()) == {}


async def test_the_wrong_password_is_refused_and_not_shown(asking, server):
    server.interfere = demand("ada", "another")

    with pytest.raises(GitError, match="authentication required") as refusal:
        await asking.checkout(credential=ADA)

    chain = f"{refusal.value!r} {refusal.value.__cause__!r} {refusal.value.__context__!r}"
    assert "c4n4ry" not in chain


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (403, "authorization failed"),
        (404, "repository not found"),
        (500, "unexpected answer 500"),
        (503, "unexpected answer 503"),
    ],
)
async def test_what_a_refusal_is_called(asking, server, status, complaint):
    server.interfere = lambda handler, body: send(handler, status, b"reason")

    with pytest.raises(GitError, match=complaint):
        await asking.checkout()


async def test_a_redirect_on_the_same_server_keeps_the_password(asking, server, repository):
    def moved(handler, body):
        if handler.path.startswith("/old"):
            return redirect(lambda path: path.replace("/old", "/apps.git"))(handler, body)
        return demand("ada", "c4n4ry")(handler, body)

    server.interfere = moved
    asking.url = f"{server.url}/old"

    assert content(await asking.checkout(credential=ADA)) == {"a.yaml": b"one"}


async def test_a_redirect_to_another_server_loses_the_password(asking, server, tmp_path):
    with serving(tmp_path / "remote") as other:
        server.interfere = redirect(lambda path: f"{other.url}{path}")

        checkout = await asking.checkout(credential=ADA)

        assert content(checkout) == {"a.yaml": b"one"}
        assert other.conversations
        assert [talk for talk in other.conversations if "Authorization" in talk.headers] == []


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        (lambda path: "http://169.254.169.254/latest/meta-data", "which is no repository"),
        (lambda path: f"file://{path}", "not followed"),
        (lambda path: f"ssh://git.example{path}", "redirects from http to ssh"),
        (lambda path: path, "more than 5 times"),
    ],
)
async def test_some_redirects_are_not_followed(asking, server, place, complaint):
    server.interfere = redirect(place)

    with pytest.raises(GitError, match=complaint):
        await asking.checkout()


async def test_a_redirect_in_the_middle_of_a_conversation_is_not_followed(asking, server):
    def later(handler, body):
        return handler.command == "POST" and redirect(lambda path: path)(handler, body)

    server.interfere = later

    with pytest.raises(GitError, match="in the middle of a conversation"):
        await asking.checkout()


@pytest.mark.parametrize(
    ("answer", "headers", "complaint"),
    [
        (b"<html>", {"Content-Type": "text/html"}, "does not answer as a Git server"),
        (b"", {}, "does not answer as a Git server"),
        (b"zzzz", ADVERTISEMENT, "."),
        (b"0001", ADVERTISEMENT, "."),
        (b"0003", ADVERTISEMENT, "."),
        (b"ffff", ADVERTISEMENT, "."),
        (b"001e# service=git-upload-pack\n0000", ADVERTISEMENT, "."),
        (b"000eversion 9\n0000", ADVERTISEMENT, "."),
        (b"000eversion 2\n", ADVERTISEMENT, "."),
        (b"", ADVERTISEMENT, "."),
    ],
)
async def test_nonsense_is_an_error_of_ours(asking, server, answer, headers, complaint):
    server.interfere = lambda handler, body: send(handler, 200, answer, headers)

    with pytest.raises(GitError, match=complaint):
        await asking.checkout()


async def test_nonsense_in_place_of_a_pack_is_an_error_of_ours(asking, server):
    def broken(handler, body):
        is_fetch = body.startswith(b"0012command=fetch")
        return is_fetch and send(handler, 200, b"000dpackfile\n000a\x01PACK!0000", RESULT)

    server.interfere = broken

    with pytest.raises(GitError, match="sent no pack"):
        await asking.checkout()


async def test_half_a_pack_changes_nothing_of_what_was_there(asking, server, repository):
    before = await asking.checkout()
    repository.commit({"a.yaml": "two" * 10_000})

    def cut(handler, body):
        if not body.startswith(b"0012command=fetch"):
            return False
        handler.send_response(200)
        handler.send_header("Content-Type", RESULT["Content-Type"])
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"000dpackfile\n0040\x01PACK\0\0\0\2\0\0\0\1")
        handler.close_connection = True
        return True

    server.interfere = cut
    with pytest.raises(GitError):
        await asking.checkout()

    assert content(before) == {"a.yaml": b"one"}


async def test_a_remote_that_sends_too_much_is_cut_off(tmp_path, repository, server):
    asking = Asking(tmp_path, server.of(repository), Limits(received=2_000))
    repository.commit({f"{i}.yaml": f"{i}" * 50 for i in range(300)})

    with pytest.raises(GitError, match="sends more than"):
        await asking.checkout()


async def test_what_the_remote_complains_is_told_without_control_characters(asking, server):
    complaint = b"ERR no \x1b[31mway\n"
    line = b"%04x%s" % (len(complaint) + 4, complaint)
    server.interfere = lambda handler, body: bool(body) and send(handler, 200, line, RESULT)

    with pytest.raises(GitError) as refusal:
        await asking.checkout()

    assert str(refusal.value) == "no [31mway"


async def test_nobody_listens(tmp_path):
    asking = Asking(tmp_path, "http://127.0.0.1:1/apps.git")

    with pytest.raises(GitError, match="Connection refused"):
        await asking.checkout()
