from __future__ import annotations

import pytest

from kustomize_controller.sops.aws import AwsKms, credentials_in
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from shared.cloud.credential import AwsCredentials
from shared.problem import Problem
from tests.fake.cloud import DATA_KEY, PLAIN, Cloud, cloud
from tests.fake.sops import reach

ARN = "arn:aws:kms:eu-west-1:123456789012:key/612d5f0a-1111-45e6-aca6-a5b005693a48"
ROLE = "arn:aws:iam::123456789012:role/reader"
OWN = AwsCredentials("AKID", "hunter2")
ASSUMED = (
    "<AssumeRoleResponse><Credentials><AccessKeyId>TEMP</AccessKeyId>\n"
    "<SecretAccessKey>CANARY</SecretAccessKey><SessionToken>TOKEN</SessionToken></Credentials>"
)


def master(arn: str = ARN, **said: str) -> MasterKey:
    return MasterKey("kms", "c2VhbGVk", {"arn": arn, **said}, {"app": "web"})


def kms(sky: Cloud) -> AwsKms:
    async def own(_: str) -> AwsCredentials:
        return OWN

    return AwsKms(own, reach(sky).surroundings)


async def test_a_data_key_is_opened_in_the_region_of_its_key() -> None:
    async with cloud() as sky:
        sky.answers["kms.eu-west-1.amazonaws.com/"] = (200, {"Plaintext": PLAIN})

        assert await kms(sky).open(master()) == DATA_KEY

    [request] = sky.requests
    assert request.json() == {
        "KeyId": ARN,
        "CiphertextBlob": "c2VhbGVk",
        "EncryptionContext": {"app": "web"},
    }
    assert request.headers["x-amz-target"] == "TrentService.Decrypt"
    assert "/eu-west-1/kms/aws4_request" in request.headers["authorization"]
    assert "hunter2" not in str(request)


@pytest.mark.parametrize("key", [master(role=ROLE), master(f"{ARN}+{ROLE}")])
async def test_a_role_is_taken_on_first(key: MasterKey) -> None:
    async with cloud() as sky:
        sky.answers["sts.eu-west-1.amazonaws.com/"] = (200, ASSUMED)
        sky.answers["kms.eu-west-1.amazonaws.com/"] = (200, {"Plaintext": PLAIN})

        assert await kms(sky).open(key) == DATA_KEY

    first, second = sky.requests
    assert first.form()["RoleArn"] == ROLE
    assert "Credential=TEMP/" in second.headers["authorization"]
    assert second.headers["x-amz-security-token"] == "TOKEN"


async def test_other_partitions_have_other_hosts() -> None:
    async with cloud() as sky:
        sky.answers["kms.cn-north-1.amazonaws.com.cn/"] = (200, {"Plaintext": PLAIN})

        arn = ARN.replace("aws:kms:eu-west-1", "aws-cn:kms:cn-north-1")
        assert await kms(sky).open(master(arn)) == DATA_KEY


@pytest.mark.parametrize(
    "key",
    [
        master(""),
        master("arn:aws:kms:evil.example.org/:1:key/x"),
        master("arn:aws:kms:eu-west-1.evil:1:key/x"),
        master("arn:aws:s3:eu-west-1:1:key/x"),
        master(role="https://evil.example.org"),
    ],
)
async def test_e10_a_document_cannot_lead_us_elsewhere(key: MasterKey) -> None:
    async with cloud() as sky:
        with pytest.raises(Problem, match=r"ARN|no region"):
            await kms(sky).open(key)

    assert sky.requests == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((400, {"__type": "AccessDeniedException", "message": "no"}), "400: AccessDenied.* no"),
        ((200, {}), "without a data key"),
        ((200, {"Plaintext": "!"}), "not base64"),
        ((500, "<html>"), "answers 500$"),
        ((404, "[]"), "answers 404$"),
    ],
)
async def test_a_bad_answer_is_told(answer, says: str) -> None:
    async with cloud() as sky:
        sky.answers["kms.eu-west-1.amazonaws.com/"] = answer

        with pytest.raises(Problem, match=says):
            await kms(sky).open(master())


async def test_a_role_that_is_refused_is_told() -> None:
    async with cloud() as sky:
        with pytest.raises(Problem, match="AWS STS answers 404"):
            await kms(sky).open(master(role=ROLE))


def test_credentials_are_read_and_not_shown() -> None:
    entry = b"aws_access_key_id: A\naws_secret_access_key: hunter2\naws_session_token: t\n"

    found = credentials_in(entry)

    assert found == AwsCredentials("A", "hunter2", "t")
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    "entry", [b"", b"- x", b"aws_access_key_id: hunter2", b"{", b"a: 1\n---\nb: 2"]
)
def test_credentials_that_are_none_are_refused(entry: bytes) -> None:
    with pytest.raises(SopsProblem) as refusal:
        credentials_in(entry)

    assert "hunter2" not in str(refusal.value)
