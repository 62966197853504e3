"""Every shape of an installation, applied to both API servers."""

from __future__ import annotations

import pytest

from tests.contract.api import Api
from tests.deploy.installation import install, installed
from tests.deploy.shape import SHAPES, built, of_kind
from tests.servers import ApiServer

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
async def test_pods_of_a_shape_keep_to_what_the_namespace_demands(
    api_server: ApiServer, shape: str
):
    async with installed(api_server, shape), api_server.session() as session:
        api = Api(session)
        for name, deployment in of_kind(built(shape), "Deployment").items():
            template = deployment["spec"]["template"]
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {**template["metadata"], "name": name},
                "spec": template["spec"],
            }

            answer = await api.post(PODS, pod, dryRun="All", fieldValidation="Strict")

            assert answer.status == 201, answer.body
            assert answer.body["spec"]["priority"] > 1_000_000_000


def still(manifest: dict) -> tuple[str, object]:
    """What only a change of what is wanted moves; a controller may write a status meanwhile."""
    about = manifest["metadata"]
    moved = about.get("generation") if "status" in manifest else about["resourceVersion"]
    return about["uid"], moved
