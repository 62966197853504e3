"""Git over SSH, by paramiko: our own key, the host's known key, nothing of this machine.

No agent, no configuration files, no forwarding, no password login. Both `identity` and
`known_hosts` are needed, as in Flux.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Protocol, cast

import paramiko
from dulwich.client import SSHGitClient, SSHVendor, SubprocessWrapper
from dulwich.protocol import Protocol as PacketLines

from shared.git.credential import Credential
from shared.git.deadline import Deadline, Intake
from shared.git.error import GitError, InvalidCredential
from shared.git.known_hosts import KnownHosts
from shared.git.location import Location
from shared.git.tunnel import tunnelled

SMALLEST_RSA = 2_048
LAST_WORDS = 5
"""Seconds that we wait for a command to say why it hung up."""

KINDS: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)


Conversation = tuple[PacketLines, Callable[[], bool], IO[bytes] | None]


@dataclass(frozen=True, slots=True)
class Algorithms:
    """What the operator allows, most liked first; empty: paramiko's own choice."""

    key_exchange: tuple[str, ...] = ()
    host_key: tuple[str, ...] = ()


class Sized(Protocol):
    """A key whose length can be told."""

    def get_bits(self) -> int:
        """The length in bits."""


def identity_of(credential: Credential) -> paramiko.PKey:
    """The private key to sign in with. Raises InvalidCredential; no part of the key is quoted."""
    text, passphrase = credential.identity.reveal(), credential.password.reveal() or None
    for kind in KINDS:
        try:
            key = kind.from_private_key(io.StringIO(text), passphrase)
        except paramiko.PasswordRequiredException:
            raise InvalidCredential(
                "SSH identity key is encrypted but no 'password' field was provided in the secret "
                f"'{credential.holder}'"
            ) from None
        except (paramiko.SSHException, ValueError, IndexError):
            continue
        if isinstance(key, paramiko.RSAKey) and cast("Sized", key).get_bits() < SMALLEST_RSA:
            raise InvalidCredential(f"the RSA key 'identity' has less than {SMALLEST_RSA} bits")
        return key
    raise InvalidCredential(
        "'identity' is no private key that can be read: it has to be an Ed25519, ECDSA or RSA key, "
        "and 'password' its passphrase"
    )


class Line:
    """One command on one host: what dulwich reads from and writes to."""

    def __init__(self, transport: paramiko.Transport, deadline: Deadline, most: int) -> None:
        self._transport = transport
        self._deadline = deadline
        self._channel = transport.open_session(timeout=deadline.left())
        self._intake = Intake(self._some, deadline, most)

    def start(self, command: bytes) -> None:
        """Run the command. A server that does not take the variable speaks an older protocol."""
        self._channel.set_environment_variable("GIT_PROTOCOL", "version=2")
        self._channel.exec_command(command)

    def read(self, size: int) -> bytes:
        """The next `size` bytes of what the command says."""
        return self._intake.read(size)

    def write(self, data: bytes) -> int:
        """Say something to the command."""
        self._channel.settimeout(self._deadline.left())
        self._channel.sendall(data)
        return len(data)

    def can_read(self) -> bool:
        """Whether the command has said something that was not read yet."""
        return self._channel.recv_ready()

    def close(self) -> None:
        """Hang up."""
        self._channel.close()
        self._transport.close()

    def readlines(self) -> list[bytes]:
        """What the command complained about, cut short. dulwich asks for it where a command hangs
        up, so that it has said all it will."""
        self._channel.settimeout(min(self._deadline.left(), LAST_WORDS))
        try:
            return self._channel.recv_stderr(4_096).splitlines()
        except TimeoutError:
            return []

    @property
    def stderr(self) -> Line:
        """The one to ask for complaints."""
        return self

    @property
    def received(self) -> int:
        """How many bytes came."""
        return self._intake.received

    def _some(self, size: int, left: float) -> bytes:
        self._channel.settimeout(left)
        return self._channel.recv(size)


class Dialler(SSHVendor):
    """Connects as one credential says, for one look at a repository."""

    def __init__(
        self, credential: Credential, algorithms: Algorithms, deadline: Deadline, most: int
    ) -> None:
        self._credential = credential
        self._algorithms = algorithms
        self._deadline = deadline
        self._most = most
        self.line: Line | None = None

    def run_command(  # noqa: PLR0913, PLR0917 - dulwich's own signature
        self,
        host: str,
        command: bytes,
        username: str | None = None,
        port: int | None = None,
        password: str | None = None,
        key_filename: str | None = None,
        ssh_command: str | None = None,
        protocol_version: int | None = None,
    ) -> SubprocessWrapper:
        """Sign in and start the command. Raises GitError, or paramiko's own errors."""
        transport = self._signed_in(host, port or 22, username or "git")
        with ExitStack() as undo:
            undo.callback(transport.close)
            self.line = Line(transport, self._deadline, self._most)
            self.line.start(command)
            undo.pop_all()
        return cast("SubprocessWrapper", self.line)

    def _signed_in(self, host: str, port: int, username: str) -> paramiko.Transport:
        key = identity_of(self._credential)
        known = KnownHosts(self._credential.known_hosts)
        algorithms = known.algorithms(host, port)
        transport = paramiko.Transport(self._connected(host, port))
        with ExitStack() as undo:
            undo.callback(transport.close)
            self._shake_hands(transport, algorithms)
            known.check(host, port, transport.get_remote_server_key())
            self._sign_in(transport, username, key)
            undo.pop_all()
        return transport

    def _connected(self, host: str, port: int) -> socket.socket:
        """A connection to the host, through the proxy if there is one."""
        left, proxy = min(self._deadline.left(), 30), self._credential.proxy
        if proxy:
            return tunnelled(proxy, host, port, left)
        return socket.create_connection((host, port), timeout=left)

    def _sign_in(self, transport: paramiko.Transport, username: str, key: paramiko.PKey) -> None:
        transport.auth_timeout = self._deadline.left()
        try:
            if transport.auth_publickey(username, key):
                raise GitError("the remote asks for more than a key to sign in")
        except paramiko.AuthenticationException:
            raise GitError("the remote does not take the key 'identity'") from None

    def _shake_hands(self, transport: paramiko.Transport, algorithms: tuple[str, ...]) -> None:
        options = transport.get_security_options()
        if self._algorithms.key_exchange:
            options.kex = self._algorithms.key_exchange
        allowed = self._algorithms.host_key or options.key_types
        options.key_types = tuple(name for name in allowed if name in algorithms)
        left = self._deadline.left()
        transport.banner_timeout = transport.handshake_timeout = left
        transport.start_client(timeout=left)


class SshClient(SSHGitClient):
    """dulwich's client, with its conversations ended when it is closed, whatever came of them."""

    _opened: tuple[PacketLines, ...] = ()

    def _connect(
        self, cmd: bytes, path: str | bytes, protocol_version: int | None = None
    ) -> Conversation:
        conversation = super()._connect(cmd, path, protocol_version)
        self._opened = (*self._opened, conversation[0])
        return conversation

    def close(self) -> None:
        """Hang up."""
        for protocol in self._opened:
            protocol.close()
        super().close()


def client_of(
    location: Location, credential: Credential, dialler: Dialler
) -> tuple[SshClient, bytes]:
    """dulwich's client for a location, and the path to ask it for."""
    client = SshClient(
        location.host,
        location.port,
        credential.username or location.username or "git",
        vendor=dialler,
        quiet=True,
    )
    return client, location.path.encode()
