from __future__ import annotations

import pytest

from source_controller.address import StorageAddress, reachable


class Listening:
    async def port(self) -> int:
        return 9090


async def test_what_the_operator_says_comes_first():
    address = StorageAddress("source.flux-system.svc", "127.0.0.1", Listening())

    assert await address.url("a/b") == "http://source.flux-system.svc/a/b"


async def test_otherwise_it_is_where_the_server_listens():
    assert await StorageAddress("", "127.0.0.1", Listening()).url("a") == "http://127.0.0.1:9090/a"


def test_no_host_is_this_machine():
    assert reachable("") == "localhost"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_every_interface_is_this_pod(host, monkeypatch):
    monkeypatch.setenv("HOSTNAME", "source-controller-0")

    assert reachable(host) == "source-controller-0"


def test_addresses_of_version_6_are_put_in_brackets():
    assert reachable("::1") == "[::1]"
