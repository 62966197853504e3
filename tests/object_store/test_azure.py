"""Azure Blob Storage, as Azurite imitates it."""

from __future__ import annotations

import base64
import hmac
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from shared.object_store.azure import (
    VERSION,
    AzureAccess,
    AzureContainer,
    account_of,
    is_azure,
    root_of,
)
from shared.object_store.azure_key import SharedKey
from shared.object_store.error import AccessRefused, NoSuchBucket, NoSuchObject, ObjectStoreError
from shared.object_store.line import Reach, opened
from shared.object_store.thing import Listed
from tests.fake.clock import ManualClock
from tests.real.azurite import ACCOUNT, KEY, azurite
from tests.real.go_program import BuildError

NUMBERS = itertools.count(1)
SIGNED = SharedKey(ACCOUNT, KEY)


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    try:
        with azurite() as url:
            yield url
    except BuildError as error:
        pytest.skip(str(error))


@asynccontextmanager
async def container(url: str, name: str, access: AzureAccess) -> AsyncIterator[AzureContainer]:
    clock = ManualClock(datetime.now(UTC))
    async with opened(Reach(), clock) as line:
        yield AzureContainer(line, root_of(url, name), access)


async def filled(account: str, **blobs: str) -> str:
    """A container with some blobs; its name."""
    name = f"files-{next(NUMBERS)}"
    await put(f"{account}/{name}?restype=container", {})
    for key, text in blobs.items():
        await put(f"{account}/{name}/{quote(key)}", {"x-ms-blob-type": "BlockBlob"}, text)
    return name


async def put(url: str, headers: dict[str, str], text: str = "") -> None:
    """A PUT that is signed as Azure has it, with a body."""
    said = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": VERSION}
    said |= headers
    async with aiohttp.ClientSession() as session:
        # The signature of the product is for requests without a body: of this one it is no use.
        body = text.encode()
        proof = _with_body(url, said, len(body))
        async with session.put(
            URL(url, encoded=True), data=body, headers={**said, "Authorization": proof},
            skip_auto_headers=["Content-Type"],
        ) as answer:  # fmt: skip
            assert answer.status == 201, await answer.text()


def _with_body(url: str, headers: dict[str, str], length: int) -> str:
    parts = urlsplit(url)
    named = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
    query = [f"\n{one.replace('=', ':')}" for one in sorted(parts.query.split("&")) if one]
    lines = ["PUT", "", "", str(length or ""), "", "", "", "", "", "", "", ""]
    text = "\n".join([*lines, *named, f"/{ACCOUNT}{parts.path}" + "".join(query)])
    digest = hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")
    return f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"


async def keys(store: AzureContainer, prefix: str = "") -> dict[str, Listed]:
    return {one.key: one async for page in store.listing(prefix) for one in page}


async def content(store: AzureContainer, listed: Listed) -> tuple[bytes, str]:
    async with store.fetch(listed) as incoming:
        return b"".join([piece async for piece in incoming.pieces]), incoming.tag


async def test_what_is_in_a_container_is_listed_and_fetched(account: str):
    name = await filled(account, **{"a.yaml": "one", "d/b c+ö": "two"})

    async with container(account, name, AzureAccess(key=SIGNED)) as store:
        await store.check()
        found = await keys(store)
        fetched = {key: await content(store, one) for key, one in found.items()}

    assert {key: one[0] for key, one in fetched.items()} == {"a.yaml": b"one", "d/b c+ö": b"two"}
    # The tag of a listing is that of the answer: an unchanged container is known as one.
    assert {key: one[1] for key, one in fetched.items()} == {k: one.tag for k, one in found.items()}
    assert found["a.yaml"].size == 3
    assert found["a.yaml"].tag.startswith('"')


async def test_only_what_is_below_a_prefix_is_listed(account: str):
    name = await filled(account, **{"a/1": "", "a/2": "", "b/1": ""})

    async with container(account, name, AzureAccess(key=SIGNED)) as store:
        assert set(await keys(store, "a/")) == {"a/1", "a/2"}


async def test_a_signature_in_the_address_opens_a_container(account: str):
    name = await filled(account, a="one")

    async with container(account, name, AzureAccess(query=shared_access(name))) as store:
        found = await keys(store)
        assert await content(store, found["a"]) == (b"one", found["a"].tag)


async def test_a_container_that_is_not_there_is_said(account: str):
    async with container(account, "nowhere", AzureAccess(key=SIGNED)) as store:
        with pytest.raises(NoSuchBucket):
            await store.check()


async def test_a_blob_that_is_not_there_is_said(account: str):
    name = await filled(account)
    async with container(account, name, AzureAccess(key=SIGNED)) as store:
        with pytest.raises(NoSuchObject):
            await content(store, Listed("nowhere", "", 0))


@pytest.mark.parametrize(
    "access",
    [
        AzureAccess(key=SharedKey(ACCOUNT, "d3Jvbmc=")),
        AzureAccess(query="sv=2021-12-02&sig=wrong"),
        AzureAccess(),
    ],
)
async def test_who_is_not_let_in_is_told_and_shows_nothing(account: str, access: AzureAccess):
    name = await filled(account, a="one")
    async with container(account, name, access) as store:
        with pytest.raises(ObjectStoreError) as failure:
            await store.check()

    assert isinstance(failure.value, AccessRefused | NoSuchObject | NoSuchBucket)
    assert "sig=" not in str(failure.value)
    assert "d3Jvbmc" not in repr(access)


def shared_access(name: str) -> str:
    """A signature for reading and listing a container, good for a day."""
    until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    resource = f"/blob/{ACCOUNT}/{name}"
    lines = ["rl", "", until, resource, "", "", "", VERSION, "c", "", "", "", "", "", "", ""]
    digest = hmac.digest(base64.b64decode(KEY), "\n".join(lines).encode(), "sha256")
    signature = base64.b64encode(digest).decode()
    return urlencode({"sp": "rl", "se": until, "sv": VERSION, "sr": "c", "sig": signature})


@pytest.mark.parametrize(
    ("endpoint", "account"),
    [
        ("https://ada.blob.core.windows.net", "ada"),
        ("https://ada.blob.core.windows.net/", "ada"),
        ("http://127.0.0.1:10000/ada", "ada"),
        ("http://localhost:10000/ada/", "ada"),
    ],
)
def test_the_account_is_a_part_of_the_endpoint(endpoint, account):
    assert account_of(endpoint) == account


@pytest.mark.parametrize("endpoint", ["https://windows.net", "http://127.0.0.1"])
def test_an_endpoint_without_an_account_is_said(endpoint):
    with pytest.raises(ObjectStoreError, match="failed to extract account name from endpoint"):
        account_of(endpoint)


@pytest.mark.parametrize(
    ("endpoint", "container", "message"),
    [
        ("ada.blob.core.windows.net", "files", "has to be the URL of an account"),
        ("ftp://ada", "files", "has to be the URL of an account"),
        ("https://user:pass@ada", "files", "has to be the URL of an account"),
        ("https://ada", "../x", "there can be no container"),
        ("https://ada", "A", "there can be no container"),
        ("https://ada", "", "there can be no container"),
    ],
)
def test_what_is_no_endpoint_or_container_is_said(endpoint, container, message):
    with pytest.raises(ObjectStoreError, match=message) as failure:
        root_of(endpoint, container)
    assert "pass" not in str(failure.value)


@pytest.mark.parametrize(
    ("endpoint", "own"),
    [
        ("https://ada.blob.core.windows.net", True),
        ("https://ada.blob.core.chinacloudapi.cn", True),
        ("https://ada.z1.blob.storage.azure.net", True),
        ("http://ada.blob.core.windows.net", False),
        ("https://ada.blob.core.windows.net.evil.example", False),
        ("https://evil.example/.blob.core.windows.net", False),
    ],
)
def test_which_hosts_are_azures(endpoint, own):
    assert is_azure(endpoint) is own


def test_a_key_that_is_none_is_said_and_not_shown():
    with pytest.raises(ObjectStoreError, match="'accountKey' is not in base64") as failure:
        SharedKey("ada", "c4n4ry!").signature("GET", "https://a/b", {})

    assert "c4n4ry" not in str(failure.value) + repr(SharedKey("ada", "c4n4ry!"))
