"""Watches, without HTTP around them."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.form import Whole
from apiserver.line import Lines
from apiserver.selector import Selection
from apiserver.watch import Feed, Request, Watch


async def test_what_is_written_while_lines_are_on_their_way_is_told_next():
    cluster = Cluster()
    resource = cluster.kind("", "ConfigMap")
    request = Request(resource, Selection(), since=1, bookmarks=False, initial=None, seconds=5)
    watch = Watch(cluster, request, Whole(resource), Lines())
    feed = Feed(cluster, resource)
    assert list(watch.begin()) == []
    lines = watch.follow(feed)

    told = []
    for name in ("a", "b", "c"):
        cluster.storage.put(resource.shelf, {"metadata": {"namespace": "x", "name": name}})
        told.append(await anext(lines))
        cluster.storage.put(resource.shelf, {"metadata": {"namespace": "x", "name": f"{name}2"}})

    assert b"".join(told).count(b'"ADDED"') == 5
    assert b'"name":"a2"' in told[1]
    await lines.aclose()
    feed.close()
