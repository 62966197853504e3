"""Every shape of an installation, applied to both API servers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.contract.api import Api
from tests.deploy.installation import install, installed
from tests.deploy.shape import SHAPES, built, of_kind
from tests.servers import ApiServer, RealServer

PODS = "/api/v1/namespaces/flux-system/pods"


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
async def test_a_shape_is_accepted_and_a_second_time_changes_nothing(
    api_server: ApiServer, shape: str
):
    async with installed(api_server, shape) as client:
        first = [await client.apply(m, manager="penstock-install") for m in built(shape)]

        second = await install(client, shape)

    assert [still(before) for before in first] == [still(after) for after in second]


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
async def test_the_pods_of_a_shape_are_accepted(api_server: ApiServer, shape: str):
    async with installed(api_server, shape), api_server.session() as session:
        for pod in pods_of(shape):
            answer = await Api(session).post(PODS, pod, dryRun="All", fieldValidation="Strict")

            assert answer.status == 201, answer.body


@pytest.mark.real
@pytest.mark.parametrize("shape", SHAPES)
async def test_a_pod_that_demands_more_is_refused(kube: RealServer, shape: str):
    async with installed(kube, shape), kube.session() as session:
        for pod in pods_of(shape):
            pod["spec"]["containers"][0]["securityContext"]["runAsNonRoot"] = False

            answer = await Api(session).post(PODS, pod, dryRun="All")

            assert answer.status == 403
            assert 'violates PodSecurity "restricted:latest"' in answer.body["message"]


def pods_of(shape: str) -> list[dict[str, Any]]:
    """What the Deployments of a shape would make."""
    pods = []
    for name, deployment in of_kind(built(shape), "Deployment").items():
        template = deepcopy(deployment["spec"]["template"])
        template["metadata"]["name"] = name
        pods.append({"apiVersion": "v1", "kind": "Pod", **template})
    return pods


def still(manifest: dict) -> tuple[str, object]:
    """What only a change of what is wanted moves; a controller may write a status meanwhile."""
    about = manifest["metadata"]
    moved = about.get("generation") if "status" in manifest else about["resourceVersion"]
    return about["uid"], moved
