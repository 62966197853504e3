"""A proxy on loopback that makes tunnels, by SOCKS5 or by CONNECT, and remembers what for."""

from __future__ import annotations

import socket
import socketserver
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class TunnelProxy:
    """`login`: the user and password that are asked for. `asked`: the hosts and ports. `answer`:
    what is sent in place of a tunnel."""

    port: int = 0
    login: tuple[str, str] | None = None
    answer: bytes = b""
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def socks(self) -> str:
        return f"socks5://127.0.0.1:{self.port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        first = client.recv(1, socket.MSG_PEEK)
        if self.answer:
            client.recv(4096)
            client.sendall(self.answer)
        elif first == b"\x05":
            self._socks(client)
        elif first:
            self._connect(client)

    def _socks(self, client: socket.socket) -> None:
        _, count = exactly(client, 2)
        methods = exactly(client, count)
        if self.login is None:
            client.sendall(b"\x05\x00")
        elif 2 not in methods:
            client.sendall(b"\x05\xff")
            return
        else:
            client.sendall(b"\x05\x02")
            exactly(client, 1)
            said = tuple(exactly(client, exactly(client, 1)[0]).decode() for _ in range(2))
            client.sendall(b"\x01\x00" if said == self.login else b"\x01\x01")
            if said != self.login:
                return
        exactly(client, 4)
        host = exactly(client, exactly(client, 1)[0]).decode()
        self._pass_on(
            client, host, int.from_bytes(exactly(client, 2)), b"\x05\x00\x00\x01" + bytes(6)
        )

    def _connect(self, client: socket.socket) -> None:
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            text += exactly(client, 1)
        target = text.split(b" ")[1].decode()
        if self.login:
            said = text.partition(b"Proxy-Authorization: Basic ")[2].split(b"\r\n")[0]
            if b64decode(said).decode() != ":".join(self.login):
                client.sendall(b"HTTP/1.1 407 Who are you\r\n\r\n")
                return
        host, _, port = target.rpartition(":")
        self._pass_on(client, host, int(port), b"HTTP/1.1 200 Fine\r\n\r\n")

    def _pass_on(self, client: socket.socket, host: str, port: int, well: bytes) -> None:
        self.asked.append((host, port))
        with socket.create_connection((host, port)) as there:
            client.sendall(well)
            back = threading.Thread(target=pipe, args=(there, client), daemon=True)
            back.start()
            pipe(client, there)
            back.join()


def exactly(client: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        more = client.recv(size - len(taken))
        if not more:
            raise ConnectionError
        taken += more
    return taken


def pipe(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while data := here.recv(65_536):
            there.sendall(data)
    with suppress(OSError):
        there.shutdown(socket.SHUT_WR)


@contextmanager
def proxying() -> Iterator[TunnelProxy]:
    """One, in a thread."""
    proxy = TunnelProxy()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                proxy.serve(self.request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
