"""The way through a SOCKS5 proxy. Loaded only where somebody has one."""

from __future__ import annotations

import ssl

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from shared.oci.error import InvalidAccess


class SocksConnector(ProxyConnector):
    """Connections through a proxy, which finds the addresses of hosts itself. Its errors are those
    of every other connector."""

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection. Raises ClientError."""
        try:
            return await super().connect(req, traces, timeout)
        except ProxyError as error:
            raise aiohttp.ClientConnectionError(f"the proxy refuses: {error}") from None
        except (ProxyConnectionError, ProxyTimeoutError) as error:
            raise aiohttp.ClientConnectionError(str(error)) from None


def connector_through(proxy: str, context: ssl.SSLContext, limit: int) -> aiohttp.BaseConnector:
    """Connections through the proxy of a URL, with the user in it. Raises InvalidAccess, which
    quotes nothing."""
    plain = proxy.replace("socks5h://", "socks5://", 1)
    try:
        return SocksConnector.from_url(plain, rdns=True, ssl=context, limit=limit)
    except ValueError:
        raise InvalidAccess("the proxy's address cannot be read") from None
