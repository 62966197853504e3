"""The API server's own counters, read."""

from __future__ import annotations

import pytest

from benchmarks.requests import Asked, Requests, asked_by, read

METRICS = """\
# HELP apiserver_request_total [STABLE] Counter of apiserver requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",dry_run="",resource="configmaps",subresource="",verb="GET"} 7
apiserver_request_total{code="404",dry_run="",resource="configmaps",subresource="",verb="GET"} 1
apiserver_request_total{dry_run="All",resource="configmaps",subresource="",verb="APPLY"} 2
apiserver_request_total{code="201",dry_run="",resource="configmaps",subresource="",verb="APPLY"} 3
apiserver_request_total{code="0",dry_run="",resource="configmaps",subresource="",verb="WATCH"} 4
apiserver_request_total{code="200",dry_run="",resource="things",subresource="status",verb="PATCH"} 5
apiserver_request_terminations_total{resource="configmaps",verb="GET"} 99
"""


def test_requests_are_told_apart_by_what_they_may_do() -> None:
    found = read(METRICS).about(["configmaps"])

    assert (found.all, found.writes, found.dry_runs) == (13, 3, 2)
    assert read(METRICS).about(["things/status"]).writes == 5


def test_what_was_before_is_taken_off() -> None:
    before = Requests({Asked("GET", "configmaps"): 6, Asked("GET", "secrets"): 1})

    assert (read(METRICS) - before).numbers[Asked("GET", "configmaps")] == 2
    assert (before - before).all == 0


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/some", "namespaces"),
        ("/api/v1/namespaces/some/configmaps", "configmaps"),
        ("/apis/apps/v1/namespaces/some/deployments/web", "deployments"),
        ("/apis/apps/v1/namespaces/some/deployments/web/status", "deployments/status"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles/reader?pretty=true", "clusterroles"),
    ],
)
def test_own_requests_are_counted_as_the_server_does(path: str, resource: str) -> None:
    assert asked_by("PATCH", path) == Asked("PATCH", resource)
