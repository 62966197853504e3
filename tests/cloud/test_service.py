from __future__ import annotations

import pytest

from shared.cloud.error import CloudError, IdentityOff
from shared.cloud.identity import PROCESS, Identity
from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings

DEPLOYER = Identity("apps", "deployer")
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hunter2"}


async def test_with_the_gate_off_no_account_is_asked_for(sky, clock, accounts) -> None:
    off = CloudService(Surroundings(sky, clock, accounts, KEYS), objects=False)

    for ask in (
        lambda: off.aws(DEPLOYER, "eu-west-1"),
        lambda: off.gcp(DEPLOYER),
        lambda: off.azure(DEPLOYER, "https://storage.azure.com/.default"),
    ):
        with pytest.raises(IdentityOff, match="ServiceAccount/apps/deployer is not asked for"):
            await ask()

    assert accounts.asked == []
    assert (await off.aws(PROCESS, "eu-west-1")).key_id == "AKID"


def test_nobody_prints_a_secret(sky, clock, accounts) -> None:
    shown = repr(Surroundings(sky, clock, accounts, KEYS))
    identity = Identity("apps", "deployer", proxy="http://u:hunter2@proxy")

    assert "hunter2" not in shown + repr(identity) + str(identity)


async def test_an_object_that_names_nobody_has_the_account_of_all(sky, clock, accounts) -> None:
    accounts.found["apps/all"] = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/all"}
    sky.answers["sts.eu-west-1.amazonaws.com/"] = (403, "")
    around = Surroundings(sky, clock, accounts, KEYS)
    service = CloudService(around, default_account="all")

    with pytest.raises(CloudError, match="role/all"):
        await service.aws(Identity("apps"), "eu-west-1")

    assert (await service.aws(PROCESS, "eu-west-1")).key_id == "AKID"
