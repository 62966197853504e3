from __future__ import annotations

from pathlib import Path

import pytest

from source_controller.settings import SettingsError, SourceSettings, listed


def test_what_flux_has_as_defaults_is_the_default():
    settings = SourceSettings()

    settings.check()
    assert (settings.concurrent, settings.artifact_retention_records) == (2, 2)
    assert settings.artifact_retention_ttl.total_seconds() == 60
    assert settings.artifact_digest_algo == "sha256"


def test_directories_are_read_at_the_urls_that_are_said():
    settings = SourceSettings(local_repository=("http://git.local/=/srv/git", "http://x=/a=b"))

    assert settings.local() == (("http://git.local", Path("/srv/git")), ("http://x", Path("/a=b")))


@pytest.mark.parametrize("text", ["/srv/git", "http://git.local", "http://git.local=", "=x"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(SettingsError, match="is no URL=PATH"):
        SourceSettings(local_repository=(text,)).check()


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ({"artifact_digest_algo": "md5"}, "has to be one of sha256, sha384, sha512"),
        ({"storage_addr": "localhost"}, "names no port"),
    ],
)
def test_what_cannot_be_is_refused(flags, complaint):
    with pytest.raises(SettingsError, match=complaint):
        SourceSettings(**flags).check()


def test_lists_have_commas_or_are_given_more_than_once():
    assert listed(("a, b", "c", "")) == ("a", "b", "c")
