from datetime import timedelta

import pytest

from shared.cluster.access import AccessError, Material
from shared.cluster.credential import HeldCredential, Materials


async def test_a_token_that_is_away_for_a_moment_is_remembered(tmp_path, clock):
    path = tmp_path / "token"
    path.write_text("t")
    credential = HeldCredential(Materials(token=Material(path=str(path))), clock)
    before = await credential.identity()

    path.unlink()
    clock.advance(timedelta(minutes=2))

    assert await credential.identity() == before


async def test_a_token_that_never_was_there_is_missing(clock):
    credential = HeldCredential(Materials(token=Material(path="/missing")), clock)

    with pytest.raises(AccessError, match="cannot read /missing"):
        await credential.identity()


@pytest.mark.parametrize("content", [b"", b" \n", b"CAN ARY", b"CAN\nARY", b"CANARY\xff"])
async def test_what_is_no_token_is_refused_without_being_quoted(clock, content):
    token = Material(content or b" ")

    with pytest.raises(AccessError, match="the token does not hold a token") as caught:
        await HeldCredential(Materials(token=token), clock).identity()

    assert "ARY" not in str(caught.value)
