from __future__ import annotations

import pytest

from shared.git.credential import Proxy, Secret
from shared.git.error import InvalidCredential
from source_controller.proxy import proxy_of


def test_a_proxy_has_an_address_and_perhaps_a_user():
    full = {"address": "https://proxy:3128", "username": "ada", "password": "c4n4ry"}

    assert proxy_of({"address": "http://proxy:3128"}) == Proxy("http://proxy:3128")
    assert proxy_of(full) == Proxy("https://proxy:3128", "ada", Secret("c4n4ry"))
    assert proxy_of({"address": "socks5://proxy:1080"}) == Proxy("socks5://proxy:1080")
    assert "c4n4ry" not in repr(proxy_of(full))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "'address' is missing"),
        ({"address": "socks4://c4n4ry:1080"}, "has to be like"),
        ({"address": "file:///c4n4ry"}, "has to be like"),
        ({"address": "c4n4ry"}, "has to be like"),
        ({"address": "http://ada:c4n4ry@proxy"}, "without a user"),
        ({"address": "http://c4n4ry:99999"}, "has to be like"),
        ({"address": "http://c4n4ry x"}, "has to be like"),
        ({"address": "http://proxy/?c4n4ry"}, "has to be like"),
        ({"address": "http://" + "c4n4ry" * 400}, "has to be like"),
        ({"address": "http://proxy", "password": "c4n4ry"}, "needs a 'username'"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_and_not_quoted(data, message):
    with pytest.raises(InvalidCredential, match=message) as problem:
        proxy_of(data)

    assert "c4n4ry" not in str(problem.value)
