from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from kustomize_controller.sops.https import HttpsService, Post
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import Vault, addresses_in
from tests.fake.certificates import Authority, server_context
from tests.fake.cloud import DATA_KEY, PLAIN, serving

OURS = Authority("ours")


@asynccontextmanager
async def running() -> AsyncIterator[HttpsService]:
    """The service, for a while."""
    service = HttpsService()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(service.run())
        yield service
        task.cancel()


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    """A Vault that turns round whoever has the wrong token."""
    if request.headers.get("x-vault-token") != "hunter2":
        return web.Response(status=307, headers={"location": "https://evil.example.org/"})
    return web.json_response({"data": {"plaintext": PLAIN}})


def tls(directory: Path):
    return server_context(OURS.sign("vault"), directory)


def master(address: str) -> MasterKey:
    said = {"vault_address": address, "engine_path": "transit", "key_name": "k"}
    return MasterKey("hc_vault", "vault:v1:x", said, {})


async def test_a_vault_of_our_own_authority_opens_a_data_key(tmp_path: Path) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        vault = Vault("hunter2", addresses_in(url.encode()), OURS.certificate, service)

        assert await vault.open(master(url)) == DATA_KEY


@pytest.mark.parametrize("ca", ["", Authority("another").certificate], ids=["none", "another"])
async def test_a_stranger_is_not_trusted(tmp_path: Path, ca: str) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        vault = Vault("hunter2", addresses_in(url.encode()), ca, service)

        with pytest.raises(SopsProblem, match=r"127\.0\.0\.1 cannot be reached"):
            await vault.open(master(url))


async def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        with pytest.raises(SopsProblem, match="cannot be read"):
            await service.post(Post(url, {}, b"", "CANARY"))


async def test_redirects_are_not_followed(tmp_path: Path) -> None:
    async with running() as service, serving(answer, tls(tmp_path)) as url:
        vault = Vault("wrong", addresses_in(url.encode()), OURS.certificate, service)

        with pytest.raises(SopsProblem, match="Vault answers 307"):
            await vault.open(master(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "https://u:p@a/", ""])
async def test_e10_only_https_is_spoken(url: str) -> None:
    async with running() as service:
        with pytest.raises(SopsProblem, match="only spoken to by https"):
            await service.post(Post(url, {}, b""))


async def test_nobody_there_is_told_without_the_url() -> None:
    async with running() as service:
        with pytest.raises(SopsProblem, match=r"127\.0\.0\.1 cannot be reached") as refusal:
            await service.post(Post("https://127.0.0.1:1/CANARY", {"a": "CANARY"}, b"CANARY"))

    assert "CANARY" not in str(refusal.value)
    assert "CANARY" not in repr(Post("https://x/", {"a": "CANARY"}, b"CANARY"))
