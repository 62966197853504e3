from __future__ import annotations

import pytest

from shared.cluster.error import Forbidden, NotFound
from shared.manifest.identity import Manifest, Ref
from source_controller.secret import ClusterSecrets, SecretProblem


class Server:
    """Has one Secret, or answers with an error."""

    def __init__(self, answer: Manifest | Exception) -> None:
        self.answer = answer
        self.asked: list[Ref] = []

    async def get(self, ref: Ref) -> Manifest:
        self.asked.append(ref)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_values_are_decoded():
    server = Server({"data": {"username": "YWRh", "odd": "/w=="}})

    found = await ClusterSecrets(server).data("apps", "git")

    assert found == {"username": "ada", "odd": "\ufffd"}
    assert server.asked == [Ref("", "Secret", "apps", "git")]


async def test_a_secret_without_data_holds_nothing():
    assert await ClusterSecrets(Server({})).data("apps", "git") == {}


async def test_a_secret_that_is_missing_is_said_as_kubernetes_says_it():
    with pytest.raises(SecretProblem, match='secrets "git" not found'):
        await ClusterSecrets(Server(NotFound("no"))).data("apps", "git")


async def test_other_errors_are_passed_on():
    with pytest.raises(Forbidden):
        await ClusterSecrets(Server(Forbidden("no"))).data("apps", "git")


async def test_a_value_that_is_not_base64_is_named_and_not_quoted():
    with pytest.raises(SecretProblem, match=r"data\.password is not base64") as problem:
        await ClusterSecrets(Server({"data": {"password": "c4n4ry!"}})).data("apps", "git")

    assert "c4n4ry" not in str(problem.value)
