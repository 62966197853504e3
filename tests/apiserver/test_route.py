"""What a URL names."""

from __future__ import annotations

import pytest

from apiserver.route import Target, target_of


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/v1/pods", Target("", "v1", "pods")),
        ("/api/v1/namespaces/a", Target("", "v1", "namespaces", "", "a")),
        ("/api/v1/namespaces/a/finalize", Target("", "v1", "namespaces", "", "a", "finalize")),
        ("/api/v1/namespaces/a/status", Target("", "v1", "namespaces", "", "a", "status")),
        ("/api/v1/namespaces/a/pods", Target("", "v1", "pods", "a")),
        ("/apis/apps/v1/namespaces/a/deployments/b", Target("apps", "v1", "deployments", "a", "b")),
        (
            "/apis/apps/v1/namespaces/a/deployments/b/scale",
            Target("apps", "v1", "deployments", "a", "b", "scale"),
        ),
        ("/apis/x/v1/roles/a%3Ab", Target("x", "v1", "roles", "", "a:b")),
        ("/apis/apps/v1", None),
        ("/api", None),
        ("/", None),
        ("/api/v1/namespaces/a/pods/b/c/d", None),
    ],
)
def test_a_path_names_a_target(path: str, target: Target | None):
    assert target_of(path) == target
