from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError
from shared.cloud.identity import PROCESS, Identity
from shared.problem import Problem
from tests.fake.clock import NOON

DEPLOYER = Identity("apps", "deployer")
ROLE = "arn:aws:iam::123456789012:role/reader"
ANNOTATION = "eks.amazonaws.com/role-arn"
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hunter2"}


def session(number: int = 1, lasts: timedelta = timedelta(hours=1)) -> tuple[int, str]:
    """What the token service says."""
    return 200, (
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        f"<SecretAccessKey>hunter{number}</SecretAccessKey><SessionToken>S{number}</SessionToken>"
        f"<Expiration>{(NOON + lasts).isoformat()}</Expiration><AccessKeyId>T{number}</AccessKeyId>"
        "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )


async def test_a_token_of_the_account_is_exchanged_for_its_role(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session()

    found = await clouds({}).aws(DEPLOYER, "eu-west-1")

    assert found == AwsCredentials("T1", "hunter1", "S1", NOON + timedelta(hours=1))
    assert accounts.asked == [("apps/deployer", ("sts.amazonaws.com",))]
    [request] = sky.requests
    assert request.form() == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": "deployer.apps.eu-west-1.fluxcd.io",
        "WebIdentityToken": "token-1",
    }
    assert "authorization" not in request.headers


async def test_it_is_kept_for_most_of_its_life(sky, clouds, accounts, clock) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session(lasts=timedelta(minutes=15))
    service = clouds({})

    for _ in range(2):
        await service.aws(DEPLOYER, "eu-west-1")
        clock.advance(timedelta(minutes=11, seconds=59))
    assert len(sky.requests) == 1
    clock.advance(timedelta(seconds=2))
    await service.aws(DEPLOYER, "eu-west-1")

    assert len(sky.requests) == 2


async def test_n13_another_role_in_the_annotation_is_another_session(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session()
    service = clouds({})
    await service.aws(DEPLOYER, "eu-west-1")

    accounts.found["apps/deployer"] = {ANNOTATION: f"{ROLE}-2"}
    await service.aws(DEPLOYER, "eu-west-1")

    assert [one.form()["RoleArn"] for one in sky.requests] == [ROLE, f"{ROLE}-2"]


async def test_n13_a_role_that_was_taken_from_the_account_is_gone_at_once(
    sky, clouds, accounts
) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session()
    service = clouds({})
    await service.aws(DEPLOYER, "eu-west-1")

    accounts.found["apps/deployer"] = {}

    with pytest.raises(CloudError, match=ANNOTATION):
        await service.aws(DEPLOYER, "eu-west-1")


async def test_what_one_account_was_given_is_given_to_no_other(sky, clouds, accounts) -> None:
    accounts.found |= {"apps/deployer": {ANNOTATION: ROLE}, "evil/deployer": {ANNOTATION: ROLE}}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session()
    service = clouds({})
    await service.aws(DEPLOYER, "eu-west-1")
    sky.answers["sts.eu-west-1.amazonaws.com/"] = (403, "<Error><Code>AccessDenied</Code></Error>")

    with pytest.raises(CloudError, match="AccessDenied"):
        await service.aws(Identity("evil", "deployer"), "eu-west-1")


@pytest.mark.parametrize(
    "role", ["", "reader", "arn:aws:s3:::x", f"{ROLE}&Action=GetFederationToken", f"{ROLE}\n"]
)
async def test_an_annotation_that_is_no_role_is_told(sky, clouds, accounts, role: str) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: role}

    with pytest.raises(CloudError, match="ServiceAccount/apps/deployer: the annotation eks"):
        await clouds({}).aws(DEPLOYER, "eu-west-1")

    assert sky.requests == []


@pytest.mark.parametrize("region", ["evil.example.org/", "eu-west-1.evil", "EU", "eu-west-1#"])
async def test_a_region_cannot_lead_us_elsewhere(sky, clouds, accounts, region: str) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}

    with pytest.raises(CloudError, match="no region of AWS"):
        await clouds({}).aws(DEPLOYER, region)

    assert sky.requests == []


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
    ],
)
async def test_other_partitions_have_other_hosts(sky, clouds, accounts, region, host) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers[f"{host}/"] = session()

    assert (await clouds({}).aws(DEPLOYER, region)).key_id == "T1"


async def test_the_region_of_the_process_serves_where_none_is_named(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-central-1.amazonaws.com/"] = session()

    assert (await clouds({"AWS_REGION": "eu-central-1"}).aws(DEPLOYER, "")).key_id == "T1"


async def test_without_any_region_it_is_said_what_to_set(clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}

    with pytest.raises(CloudError, match="AWS_REGION"):
        await clouds({}).aws(DEPLOYER, "")


async def test_an_account_that_is_not_there_is_named(clouds) -> None:
    with pytest.raises(Problem, match="ServiceAccount/apps/gone not found"):
        await clouds(KEYS).aws(Identity("apps", "gone"), "eu-west-1")


async def test_a_refusal_is_told_in_the_words_of_the_cloud(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = (
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not\n authorized</Message>",
    )

    with pytest.raises(CloudError, match=f"403 for {re.escape(ROLE)}: AccessDenied Not"):
        await clouds({}).aws(DEPLOYER, "eu-west-1")


async def test_an_answer_without_credentials_is_told(sky, clouds, accounts) -> None:
    accounts.found["apps/deployer"] = {ANNOTATION: ROLE}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = (200, "<html>")

    with pytest.raises(CloudError, match="without credentials"):
        await clouds({}).aws(DEPLOYER, "eu-west-1")


async def test_keys_in_the_environment_come_first(sky, clouds) -> None:
    found = await clouds({**KEYS, "AWS_SESSION_TOKEN": "s"}).aws(PROCESS, "")

    assert found == AwsCredentials("AKID", "hunter2", "s")
    assert "hunter2" not in repr(found)
    assert sky.requests == []


async def test_the_token_file_of_the_pod_is_read_each_time(sky, clouds, clock, tmp_path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    sky.answers["sts.eu-west-1.amazonaws.com/"] = session()
    service = clouds(
        {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
            "AWS_ROLE_ARN": ROLE,
            "AWS_REGION": "eu-west-1",
        }
    )

    await service.aws(PROCESS, "")
    file.write_text("second\n")
    clock.advance(timedelta(hours=1))
    await service.aws(PROCESS, "")

    assert [one.form()["WebIdentityToken"] for one in sky.requests] == ["first", "second"]
    assert {one.form()["RoleSessionName"] for one in sky.requests} == {"penstock"}


async def test_a_token_file_that_is_not_there_is_named(clouds, tmp_path: Path) -> None:
    environment = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "gone"),
        "AWS_ROLE_ARN": ROLE,
        "AWS_REGION": "eu-west-1",
    }

    with pytest.raises(CloudError, match=r"AWS_WEB_IDENTITY_TOKEN_FILE: cannot read .*gone"):
        await clouds(environment).aws(PROCESS, "")


GIVEN = {
    "AccessKeyId": "A",
    "SecretAccessKey": "hunter2",
    "Token": "t",
    "Expiration": "2026-01-01T18:00:00Z",
}


async def test_the_agent_of_pod_identity_is_asked(sky, clouds, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("pod\n")
    sky.answers["169.254.170.23/v1/credentials"] = (200, GIVEN)
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
    }

    found = await clouds(environment).aws(PROCESS, "eu-west-1")

    assert found == AwsCredentials("A", "hunter2", "t", NOON + timedelta(hours=6))
    assert sky.requests[0].headers["authorization"] == "pod"


async def test_an_agent_elsewhere_is_not_spoken_to_in_plain(sky, clouds) -> None:
    environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example.org/"}

    with pytest.raises(CloudError, match="FULL_URI"):
        await clouds(environment).aws(PROCESS, "eu-west-1")

    assert sky.requests == []


async def test_the_machine_is_asked_by_the_second_version_alone(sky, clouds) -> None:
    place = "169.254.169.254/latest/"
    sky.answers[f"{place}api/token"] = (200, "session")
    sky.answers[f"{place}meta-data/iam/security-credentials/node"] = (200, GIVEN)
    sky.answers[f"{place}meta-data/iam/security-credentials/"] = (200, "node\n")

    assert (await clouds({}).aws(PROCESS, "eu-west-1")).key_id == "A"

    assert [call.method for call in sky.calls] == ["PUT", "GET", "GET"]
    assert sky.requests[1].headers["x-aws-ec2-metadata-token"] == "session"


@pytest.mark.parametrize("environment", [{}, {"AWS_EC2_METADATA_DISABLED": "true"}])
async def test_a_process_without_an_identity_says_what_to_do(clouds, environment) -> None:
    with pytest.raises(CloudError, match="no identity in AWS: give its service account a role"):
        await clouds(environment).aws(PROCESS, "eu-west-1")
