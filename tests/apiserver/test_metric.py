"""`/metrics`, as Prometheus reads them."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from apiserver.server import Options, Server

PATH = "/api/v1/namespaces/default/configmaps"


async def figures(session: aiohttp.ClientSession) -> dict[tuple[str, str], float]:
    """Samples by name and the labels that tell them apart."""
    async with session.get("/metrics") as answer:
        text = await answer.text()
    keys = ("verb", "resource", "subresource", "code", "dry_run")
    return {
        (each.name, " ".join(filter(None, (each.labels.get(key) for key in keys)))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


async def test_requests_count_by_verb_resource_and_code(server: Server):
    async with aiohttp.ClientSession(server.url) as session:
        for path in (PATH, f"{PATH}?dryRun=All", "/apis/made-up/v1/names", f"{PATH}/a/status"):
            async with session.post(path, json={"metadata": {"name": "a"}}):
                pass
        found = await figures(session)

    counted = {key[1]: value for key, value in found.items() if key[0] == "apiserver_request_total"}
    assert counted == {
        "POST configmaps 201": 1.0,
        "POST configmaps 409 All": 1.0,
        "POST 404": 1.0,
        "POST configmaps status 404": 1.0,
    }


async def test_objects_and_bytes_are_counted(server: Server):
    async with aiohttp.ClientSession(server.url) as session:
        before = await figures(session)
        async with session.post(PATH, json={"metadata": {"name": "a"}, "data": {"x": "y" * 1000}}):
            pass
        after = await figures(session)

    objects = ("apiserver_storage_objects", "configmaps")
    size = ("apiserver_storage_object_bytes", "")
    assert after[objects] == before[objects] + 1
    assert after[size] - before[size] > 1000
    assert after["process_resident_memory_bytes", ""] > 1_000_000
    assert ("apiserver_storage_size_bytes", "") not in after


@pytest.mark.slow
async def test_what_is_kept_on_the_disk_has_a_size(tmp_path: Path):
    options = Options(data_dir=tmp_path)
    async with Server(options=options) as server, aiohttp.ClientSession(server.url) as session:
        found = await figures(session)

    assert found["apiserver_storage_size_bytes", ""] > 4096
