from __future__ import annotations

import pytest

from shared.cloud.error import IdentityOff
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
