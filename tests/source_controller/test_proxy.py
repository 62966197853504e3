from __future__ import annotations

import pytest

from shared.git.credential import Proxy, Secret
from shared.git.error import InvalidCredential
from shared.git.location import parse
from source_controller.proxy import proxy_of

HERE = parse("https://git.example/apps")


def test_a_proxy_has_an_address_and_perhaps_a_user():
    full = {"address": "https://proxy:3128", "username": "ada", "password": "c4n4ry"}

    assert proxy_of(HERE, {"address": "http://proxy:3128"}) == Proxy("http://proxy:3128")
    assert proxy_of(HERE, full) == Proxy("https://proxy:3128", "ada", Secret("c4n4ry"))
    assert "c4n4ry" not in repr(proxy_of(HERE, full))


@pytest.mark.parametrize(
    ("url", "data", "message"),
    [
        (HERE.url, {}, "'address' is missing"),
        (HERE.url, {"address": "socks5://c4n4ry:1080"}, "socks5 is not spoken"),
        (HERE.url, {"address": "c4n4ry"}, "has to be like"),
        (HERE.url, {"address": "http://ada:c4n4ry@proxy"}, "without a user"),
        (HERE.url, {"address": "http://c4n4ry:99999"}, "has to be like"),
        (HERE.url, {"address": "http://c4n4ry x"}, "has to be like"),
        (HERE.url, {"address": "http://proxy/?c4n4ry"}, "has to be like"),
        (HERE.url, {"address": "http://" + "c4n4ry" * 400}, "has to be like"),
        (HERE.url, {"address": "http://proxy", "password": "c4n4ry"}, "needs a 'username'"),
        ("ssh://git.example/apps", {"address": "http://proxy"}, "SSH is not spoken"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_and_not_quoted(url, data, message):
    with pytest.raises(InvalidCredential, match=message) as problem:
        proxy_of(parse(url), data)

    assert "c4n4ry" not in str(problem.value)
