"""The roles and bindings that every cluster begins with."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import orjson

from apiserver.access.policy import GROUP
from apiserver.cluster import Cluster
from apiserver.route import Target, WriteOptions
from apiserver.rules import STRATEGIES
from apiserver.value import Object, section, text
from apiserver.write import Writing, create

_TABLE = Path(__file__).with_name("roles.json")
_UPDATED = "rbac.authorization.kubernetes.io/autoupdate"


def first_roles(cluster: Cluster) -> None:
    """Make those that are missing."""
    for content in cast("list[Object]", orjson.loads(_TABLE.read_bytes())):
        resource = cluster.kind(GROUP, text(content, "kind"))
        metadata = section(content, "metadata")
        namespace, name = text(metadata, "namespace"), text(metadata, "name")
        if cluster.find(resource, namespace, name):
            continue
        metadata["annotations"] = {_UPDATED: "true"}
        target = Target(GROUP, "v1", resource.plural, namespace)
        options = WriteOptions(manager="kube-apiserver")
        create(Writing(cluster, resource, target, options, STRATEGIES), content)
