"""Kubeconfigs of administrators."""

from __future__ import annotations

import base64

import yaml

from apiserver.value import Object


def kubeconfig(url: str, authority: bytes, user: Object) -> str:
    """A kubeconfig of one cluster and one user, as YAML. `authority` is PEM; empty for plain
    HTTP."""
    cluster: Object = {"server": url}
    if authority:
        cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
    content: Object = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "embedded", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "embedded", "context": {"cluster": "embedded", "user": "admin"}}],
        "current-context": "embedded",
    }
    return yaml.safe_dump(content, sort_keys=False)
