"""A connection to a host through a proxy: SOCKS5 (RFC 1928, 1929), or HTTP's CONNECT. Blocking.

The proxy is told the name of the host and finds its address itself.
"""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from contextlib import ExitStack
from urllib.parse import urlsplit

from shared.git.credential import Proxy
from shared.git.error import GitError

SOCKS = "socks5"
PORTS = {"http": 80, "https": 443, SOCKS: 1080}
LONGEST_ANSWER = 16 * 1024

_VERSION, _NO_LOGIN, _LOGIN, _CONNECT, _NAME = 5, 0, 2, 1, 3
_REFUSALS = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "it took too long",
    7: "it does not know the command",
    8: "it does not know this kind of address",
}


def tunnelled(proxy: Proxy, host: str, port: int, timeout: float) -> socket.socket:
    """A connection to a host. `timeout`: seconds for each step. Raises GitError, in which nothing
    of who we are is quoted, and OSError where the proxy cannot be reached."""
    parts = urlsplit(proxy.address)
    where = parts.hostname or "", parts.port or PORTS[parts.scheme]
    connection = socket.create_connection(where, timeout=timeout)
    with ExitStack() as failing:
        failing.callback(connection.close)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = context.wrap_socket(connection, server_hostname=parts.hostname)
            failing.callback(connection.close)
        if parts.scheme == SOCKS:
            _greet(connection, proxy)
            _ask_for(connection, host, port)
        else:
            _connect(connection, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        failing.pop_all()
    return connection


def _greet(connection: socket.socket, proxy: Proxy) -> None:
    """Agree on how to sign in, and do so."""
    methods = bytes((_NO_LOGIN, _LOGIN) if proxy.username else (_NO_LOGIN,))
    connection.sendall(bytes((_VERSION, len(methods))) + methods)
    version, method = _taken(connection, 2)
    if version != _VERSION:
        raise GitError("the proxy does not speak SOCKS5")
    if method == _LOGIN and proxy.username:
        _sign_in(connection, proxy)
    elif method != _NO_LOGIN:
        raise GitError("the proxy asks for another way to sign in than we have")


def _sign_in(connection: socket.socket, proxy: Proxy) -> None:
    user, password = proxy.username.encode(), proxy.password.reveal().encode()
    if max(len(user), len(password)) > 255:
        raise GitError("the user name and the password of a SOCKS5 proxy have at most 255 bytes")
    connection.sendall(b"\x01" + _counted(user) + _counted(password))
    if _taken(connection, 2)[1]:
        raise GitError("the proxy does not take our user name and password")


def _ask_for(connection: socket.socket, host: str, port: int) -> None:
    name = host.encode()
    if len(name) > 255:
        raise GitError("the name of the host is too long for a SOCKS5 proxy")
    request = bytes((_VERSION, _CONNECT, 0, _NAME)) + _counted(name) + port.to_bytes(2)
    connection.sendall(request)
    _, refusal, _, kind = _taken(connection, 4)
    if refusal:
        why = _REFUSALS.get(refusal, f"it says {refusal}")
        raise GitError(f"the proxy does not connect us to {host}:{port}: {why}")
    # Where we come from there: of no use, and to be read past.
    size = _taken(connection, 1)[0] if kind == _NAME else {1: 4, 4: 16}.get(kind, 0)
    _taken(connection, size + 2)


def _connect(connection: socket.socket, proxy: Proxy, target: str) -> None:
    """Ask for a tunnel as RFC 9110 has it."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username:
        pair = f"{proxy.username}:{proxy.password.reveal()}".encode()
        lines.append(f"Proxy-Authorization: Basic {b64encode(pair).decode()}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        # One at a time: what follows belongs to the tunnel.
        answer += _taken(connection, 1)
        if len(answer) > LONGEST_ANSWER:
            raise GitError("the proxy's answer has no end")
    status = answer.split(b"\r\n", 1)[0].split(b" ")[1:2]
    if status != [b"200"]:
        shown = status[0][:3].decode("ascii", "replace") if status else "nothing"
        raise GitError(f"the proxy does not connect us to {target}: it answers {shown}")


def _taken(connection: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        more = connection.recv(size - len(taken))
        if not more:
            raise GitError("the proxy closed the connection")
        taken += more
    return taken


def _counted(text: bytes) -> bytes:
    return bytes((len(text),)) + text
