from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from shared.cloud.service import CloudService
from shared.cloud.surroundings import Surroundings
from tests.fake.clock import ManualClock
from tests.fake.cloud import Cloud, cloud
from tests.fake.service_accounts import ServiceAccounts

Clouds = Callable[[Mapping[str, str]], CloudService]


@pytest.fixture
async def sky() -> AsyncIterator[Cloud]:
    """Servers on loopback that play all clouds."""
    async with cloud() as made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def accounts() -> ServiceAccounts:
    return ServiceAccounts({"apps/deployer": {}})


@pytest.fixture
def clouds(sky: Cloud, clock: ManualClock, accounts: ServiceAccounts) -> Clouds:
    """The service in a process of some environment."""
    return lambda environment: CloudService(Surroundings(sky, clock, accounts, environment))
