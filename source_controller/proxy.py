"""From a Secret to the proxy that a remote is reached through (flux.md 1.7). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from shared.git.credential import Proxy, Secret
from shared.git.error import InvalidCredential
from shared.git.tunnel import PORTS

SCHEMES = frozenset(PORTS)
LONGEST = 2_048


def proxy_of(data: Mapping[str, str]) -> Proxy:
    """What a Secret says of the way to a remote. Raises InvalidCredential, which quotes nothing:
    addresses have been seen with passwords in them."""
    address = data.get("address", "").strip()
    if not address:
        raise InvalidCredential("the key 'address' is missing")
    if not _is_usable(address):
        raise InvalidCredential(
            "'address' has to be like http://host:port, https://host:port or socks5://host:port, "
            "without a user"
        )
    if data.get("password") and not data.get("username"):
        raise InvalidCredential("'password' needs a 'username' beside it")
    return Proxy(address, data.get("username", ""), Secret(data.get("password", "")))


def url_of(proxy: Proxy) -> str:
    """The URL of a proxy, with the user and the password in it."""
    parts = urlsplit(proxy.address)
    user = f"{quote(proxy.username, safe='')}:{quote(proxy.password.reveal(), safe='')}@"
    return f"{parts.scheme}://{user if proxy.username else ''}{parts.netloc}"


def _is_usable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    is_plain = address.isascii() and address.isprintable() and " " not in address
    is_bare = not parts.query and not parts.fragment and "@" not in parts.netloc
    return len(address) <= LONGEST and parts.scheme in SCHEMES and has_host and is_plain and is_bare
