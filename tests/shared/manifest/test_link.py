"""Links are followed as a disk would, and never out of the tree."""

from __future__ import annotations

import pytest

from shared.manifest.link import LinkError
from shared.manifest.tree import Tree

LINKS = {
    "dir": "real/deep",
    "real/up": "../other",
    "top": "/real",
    "twice": "dir/../up/x",
    "out": "../x",
    "round": "about",
    "about": "round",
    "self": ".",
}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", ""),
        ("plain/file", "plain/file"),
        ("dir", "real/deep"),
        ("dir/file", "real/deep/file"),
        ("real/up/y", "other/y"),
        ("top/deep", "real/deep"),
        ("twice", "other/x"),
        ("self/self/a", "a"),
    ],
)
def test_a_path_leads_where_its_links_lead(path: str, wanted: str) -> None:
    assert Tree({}, LINKS).resolved(path) == wanted


@pytest.mark.parametrize("path", ["out", "out/x", "round", "round/x"])
def test_links_that_lead_nowhere_are_refused(path: str) -> None:
    with pytest.raises(LinkError, match="leads"):
        Tree({}, LINKS).resolved(path)
