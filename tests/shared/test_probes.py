"""Probes over a real socket, so outside of the folder where time is virtual."""

from contextlib import AsyncExitStack

import aiohttp
import pytest

from shared.runtime.metric import Metrics
from shared.runtime.probe import Probes


@pytest.fixture
async def blind(unused_tcp_port):
    """The list of kinds that are not in touch, behind probes that share one address."""
    kinds = []
    async with AsyncExitStack() as stack:
        address = f"127.0.0.1:{unused_tcp_port}"
        await Probes(Metrics(), lambda: kinds).serve(stack, address, address)
        kinds_and_url = kinds, f"http://{address}"
        yield kinds_and_url


async def get(url):
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_one_server_answers_for_health_and_metrics_that_share_an_address(blind):
    _, url = blind

    assert await get(f"{url}/healthz") == (200, "ok")
    assert await get(f"{url}/readyz") == (200, "ok")
    metrics = (await get(f"{url}/metrics"))[1]
    assert "penstock_loop_lag_seconds" in metrics
    assert 'penstock_loop_delay_seconds_bucket{le="0.1"}' in metrics


async def test_a_process_that_is_blind_to_a_kind_is_alive_and_not_ready(blind):
    kinds, url = blind
    kinds.append("GitRepository")

    assert (await get(f"{url}/healthz"))[0] == 200
    assert await get(f"{url}/readyz") == (503, "not in touch with: GitRepository\n")


async def test_an_address_of_zero_switches_the_server_off():
    async with AsyncExitStack() as stack:
        await Probes(Metrics(), list).serve(stack, "0", "")
