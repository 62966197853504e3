from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest
from shared.reconcile.key import Key
from shared.runtime.recent import Recent

KEY = Key("apps", "web")


def of(version: str, uid: str = "1") -> Manifest:
    return {"metadata": {"uid": uid, "resourceVersion": version}}


@pytest.mark.parametrize(
    ("what", "cached", "kept"),
    [
        ("the cache is behind", of("4"), 1),
        ("the cache has just that", of("5"), 0),
        ("the cache is ahead", of("6"), 0),
        ("the cache has another of its name", of("3", uid="2"), 0),
        ("the cache has nothing any more", None, 0),
    ],
)
def test_what_we_wrote_is_kept_while_the_cache_is_behind(
    what: str, cached: Manifest | None, kept: int
) -> None:
    recent = Recent()

    recent.keep(KEY, of("5"), cached)

    assert len(recent) == kept, what


def test_the_later_one_counts_until_the_cache_shows_it() -> None:
    recent = Recent()
    recent.keep(KEY, of("5"), of("4"))

    assert recent.newest(KEY, of("4")) == of("5")

    recent.heed(KEY, of("5"))

    assert len(recent) == 0
    assert recent.newest(KEY, of("4")) == of("4")


def test_nothing_is_kept_of_what_is_forgotten() -> None:
    recent = Recent()
    recent.keep(KEY, of("5"), of("4"))

    recent.forget(KEY)

    assert len(recent) == 0
