from __future__ import annotations

import pytest

from shared.git.error import GitError
from shared.git.location import parse
from shared.git.redirect import followed, is_private


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("https://8.8.8.8/old", "https://8.8.8.8/new"),
        ("http://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://8.8.8.8/x", "https://1.1.1.1/x"),
        ("https://10.0.0.1/x", "https://8.8.8.8/x"),
        ("https://10.0.0.1/x", "https://10.0.0.2/x"),
    ],
)
def test_which_redirects_are_followed(here, there):
    assert followed(parse(here), there).url == there


@pytest.mark.parametrize(
    ("there", "complaint"),
    [
        ("http://8.8.8.8/x", "from https to http"),
        ("ssh://8.8.8.8/x", "from https to ssh"),
        ("file:///etc/passwd", "not followed"),
        ("https://169.254.169.254/x", "private address 169.254.169.254"),
        ("https://127.0.0.1/x", "private address"),
        ("https://10.96.0.1/x", "private address"),
        ("https://[::1]/x", "private address"),
        ("https://[fd00::1]/x", "private address"),
        ("https://localhost/x", "private address"),
        ("https://0.0.0.0/x", "private address"),
        ("https://8.8.8.8/a;b", "not followed"),
        ("", "not followed"),
    ],
)
def test_which_are_not(there, complaint):
    with pytest.raises(GitError, match=complaint):
        followed(parse("https://8.8.8.8/x"), there)


def test_what_the_complaint_shows_has_no_password_in_it():
    with pytest.raises(GitError) as refusal:
        followed(parse("https://8.8.8.8/x"), "https://ada:c4n4ry@1.1.1.1/a;b")

    assert "c4n4ry" not in str(refusal.value)


def test_a_name_that_nobody_knows_is_not_private():
    assert not is_private("nobody.invalid")
