"""The main line on a real server, with no more rights than the install manifests give.

The controllers run as the service accounts of the installation, by tokens such as their pods are
given, and elect their leaders: what RBAC forbids shows here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.installation import installed
from tests.deploy.test_rights import token_of
from tests.journeys.controllers import Controllers, command
from tests.journeys.journey import journey_by, storage_in
from tests.journeys.test_a_commit_reaches_the_cluster import (
    a_changed_object_is_changed_and_no_other,
    a_commit_is_seen_live,
    a_removed_object_is_pruned,
    leave_alone,
    what_is_deleted_takes_everything_along,
)
from tests.servers import RealServer

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.real]

SHAPES = {
    "all-in-one": {"penstock": ("controllers", "source", "kustomize")},
    "separate": {
        "source-controller": ("source_controller",),
        "kustomize-controller": ("kustomize_controller",),
    },
}
NAMESPACE = "flux-system"


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_installation_does_its_work_with_the_rights_it_has(
    shape: str, kube: RealServer, tmp_path: Path, unused_tcp_port: int
) -> None:
    async with installed(kube, shape):
        commands = [
            await started_as(kube, account, words, tmp_path, unused_tcp_port)
            for account, words in SHAPES[shape].items()
        ]
        controllers = Controllers(commands, NAMESPACE, tmp_path / "controllers.log")
        async with journey_by(controllers, kube, "default", tmp_path) as journey:
            await a_commit_is_seen_live(journey, leave_alone)
            await a_changed_object_is_changed_and_no_other(journey, leave_alone)
            await a_removed_object_is_pruned(journey, leave_alone)
            await what_is_deleted_takes_everything_along(journey, leave_alone)

    assert refused(kube) == []


async def started_as(
    server: RealServer, account: str, words: tuple[str, ...], place: Path, port: int
) -> list[str]:
    """The command line of controllers that run as a service account."""
    kubeconfig = server.kubeconfig_of(await token_of(server, account))
    storage = storage_in(place, port).flags() if "kustomize_controller" not in words else []
    run = command(*words, kubeconfig=kubeconfig)
    # Other tests have left objects on the server that are none of this journey's business.
    shard = "--watch-label-selector=journey=default"
    election = ("--enable-leader-election", "--leader-election-retry-period=1s")
    return [*run, *storage, *election, shard]


def refused(server: RealServer) -> list[str]:
    """What the accounts of installations asked for and were not allowed."""
    return [
        f"{one.user}: {one.verb} {one.resource} {one.namespace}/{one.name}"
        for one in server.audit()
        if one.code == 403 and one.user.startswith(f"system:serviceaccount:{NAMESPACE}:")
    ]
