"""urllib3's connections through a SOCKS5 proxy, which it does not speak itself."""

from __future__ import annotations

import socket
import ssl

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from shared.git.credential import Proxy
from shared.git.tunnel import tunnelled


def through_socks(proxy: Proxy, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Connections that all go through the proxy."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, proxy)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, proxy)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    manager = urllib3.PoolManager(num_pools=2, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager


def _connected(connection: HTTPConnection, proxy: Proxy) -> socket.socket:
    """The socket of a connection. Raises what urllib3 raises, and GitError."""
    patience = connection.timeout if isinstance(connection.timeout, int | float) else 30
    try:
        return tunnelled(proxy, connection.host, connection.port, patience)
    except TimeoutError:
        raise ConnectTimeoutError(connection, "the proxy does not answer") from None
    except OSError as error:
        raise NewConnectionError(connection, f"the proxy cannot be reached: {error}") from None
