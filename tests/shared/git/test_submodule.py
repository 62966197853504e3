from __future__ import annotations

import pytest

from shared.git.error import GitError
from shared.git.location import parse
from shared.git.submodule import LONGEST, declared, resolved

HTTPS, SSH = (
    parse("https://git.example/team/apps.git"),
    parse("ssh://git@git.example:2222/team/apps"),
)


def test_only_paths_and_urls_are_read():
    text = b'[submodule "a"]\n path = x/y/\n url = ../lib\n update = !id\n branch = b\n'

    assert declared(text) == {"x/y": "../lib"}


@pytest.mark.parametrize("text", [b"[submodule", b"\xff", b"=" * (LONGEST + 1)])
def test_a_file_that_cannot_be_read_is_refused(text):
    with pytest.raises(GitError, match="gitmodules"):
        declared(text)


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        (HTTPS, "../lib.git", "https://git.example/team/lib.git"),
        (HTTPS, "../../other/lib", "https://git.example/other/lib"),
        (HTTPS, "./below", "https://git.example/team/apps.git/below"),
        (HTTPS, "https://far.example/lib", "https://far.example/lib"),
        (SSH, "../lib", "ssh://git.example:2222/team/lib"),
        (SSH, "git@far.example:team/lib.git", "ssh://far.example/team/lib.git"),
    ],
)
def test_where_a_submodule_is(base, url, expected):
    assert resolved(base, url).url == expected


def test_the_user_of_an_ssh_url_stays():
    assert resolved(SSH, "../lib").username == "git"


@pytest.mark.parametrize(
    "url", ["../../../x", "file:///etc", "ext::sh -c id", "git://x/y", "-u./x", "https://x/a?b", ""]
)
def test_a_url_that_leads_elsewhere_is_refused(url):
    with pytest.raises(GitError):
        resolved(HTTPS, url)
