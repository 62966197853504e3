"""The pages of a long list."""

from __future__ import annotations

import orjson

from shared.cluster.page import Pages
from shared.manifest.identity import Kind, Manifest

KIND = Kind(group="apps", version="v1", kind="Deployment")


def page(*names: str) -> bytes:
    return orjson.dumps({"items": [{"kind": "P", "metadata": {"name": name}} for name in names]})


def deployment(name: str) -> Manifest:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}}


def test_all_pages_are_gone_through_in_their_order_as_often_as_asked():
    pages = Pages(KIND)
    pages.add(page("a", "b"), 2)
    pages.add(page("c"), 1)

    assert [*pages] == [*pages] == [deployment("a"), deployment("b"), deployment("c")]
    assert len(pages) == 3


def test_one_object_or_some_can_be_had():
    pages = Pages(KIND)
    pages.add(page("a", "b", "c"), 3)

    assert pages[2] == deployment("c")
    assert pages[:2] == [deployment("a"), deployment("b")]


def test_a_page_may_hold_nothing():
    pages = Pages(KIND)
    pages.add(b'{"items": null}', 0)

    assert not pages
    assert [*pages] == []
