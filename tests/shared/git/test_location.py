from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.git.error import InvalidLocation
from shared.git.location import parse, redact

CASES = json.loads((Path(__file__).parents[2] / "data/git/locations.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_which_urls_are_followed(case: dict[str, str]) -> None:
    if case["expect"] is None:
        with pytest.raises(InvalidLocation) as refusal:
            parse(case["url"])
        assert "s3cret" not in str(refusal.value)
    else:
        assert parse(case["url"]).url == case["expect"]


def test_a_url_that_is_too_long_is_refused_and_cut() -> None:
    with pytest.raises(InvalidLocation) as refusal:
        parse("https://git.example/" + "x" * 10_000)

    assert len(str(refusal.value)) < 2_500


def test_user_and_password_are_read_with_their_escapes() -> None:
    location = parse("https://ada%40home:a%2Fb@git.example/apps")

    assert location.username == "ada@home"
    assert location.password.reveal() == "a/b"
    assert "a/b" not in repr(location)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:s3cret@git.example/apps", "https://***@git.example/apps"),
        ("https://s3cret@git.example/apps?token=s3cret", "https://***@git.example/apps"),
        ("https://a:b@c:s3cret@git.example/apps", "https://***@git.example/apps"),
        ("https://git.example/\x1b[31m", "https://git.example/_[31m"),
    ],
)
def test_what_is_shown_of_a_url_has_no_secret_in_it(url: str, shown: str) -> None:
    assert redact(url) == shown
