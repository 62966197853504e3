"""An SSH server on loopback that runs `git upload-pack`, and keys to go with it."""

from __future__ import annotations

import io
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def ed25519_key(passphrase: str = "") -> str:
    """A private key, as text."""
    return _text(ed25519.Ed25519PrivateKey.generate(), passphrase)


def rsa_key(bits: int) -> str:
    return _text(rsa.generate_private_key(public_exponent=65537, key_size=bits), "")


def _text(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, passphrase: str) -> str:
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, encryption
    ).decode()


def loaded(text: str) -> paramiko.PKey:
    return paramiko.Ed25519Key.from_private_key(io.StringIO(text))


@dataclass
class SshRemote:
    """The server. `welcome`: the key that is let in. `silent`: it never answers a command."""

    root: Path
    host_key: paramiko.PKey
    welcome: paramiko.PKey | None = None
    silent: bool = False
    port: int = 0
    commands: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)

    def known_hosts(self) -> str:
        key = self.host_key
        return f"[127.0.0.1]:{self.port} {key.get_name()} {key.get_base64()}\n"

    def url(self, name: str) -> str:
        return f"ssh://git@127.0.0.1:{self.port}/{name}"


class _Session(paramiko.ServerInterface):
    def __init__(self, remote: SshRemote) -> None:
        self.remote = remote
        self.protocol = ""

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.remote.users.append(username)
        welcome = self.remote.welcome
        if welcome is not None and key.asbytes() == welcome.asbytes():
            return paramiko.AUTH_SUCCESSFUL
        return paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, number: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_env_request(self, channel: object, name: bytes, value: bytes) -> bool:
        self.remote.variables.append((name.decode(), value.decode()))
        self.protocol = value.decode()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.remote.commands.append(command.decode())
        if not self.remote.silent:
            threading.Thread(target=self._run, args=(channel, command), daemon=True).start()
        return True

    def _run(self, channel: paramiko.Channel, command: bytes) -> None:
        name = shlex.split(command.decode())[1].lstrip("/")
        # Either side may have gone, at any moment: that is what some tests are about.
        with (
            suppress(OSError, EOFError),
            subprocess.Popen(
                ["git", "-c", "safe.directory=*", "upload-pack", str(self.remote.root / name)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"GIT_PROTOCOL": self.protocol, "PATH": "/usr/bin:/bin:/usr/local/bin"},
            ) as process,
        ):
            feeder = threading.Thread(target=_feed, args=(channel, process), daemon=True)
            feeder.start()
            _give_out(channel, process)
        with suppress(OSError, EOFError):
            channel.close()


def _give_out(channel: paramiko.Channel, process: subprocess.Popen[bytes]) -> None:
    try:
        while data := process.stdout.read1(65_536):
            channel.sendall(data)
        channel.sendall_stderr(process.stderr.read())
        channel.send_exit_status(process.wait())
        channel.shutdown_write()
    except (OSError, EOFError):
        process.kill()


def _feed(channel: paramiko.Channel, process: subprocess.Popen[bytes]) -> None:
    try:
        while data := channel.recv(65_536):
            process.stdin.write(data)
            process.stdin.flush()
        process.stdin.close()
    except (OSError, EOFError, ValueError):
        return


@contextmanager
def ssh_serving(root: Path) -> Iterator[SshRemote]:
    """The server, for all repositories below `root`."""
    remote = SshRemote(root, loaded(ed25519_key()))
    transports: list[paramiko.Transport] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        remote.port = listener.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                transport = paramiko.Transport(connection)
                transports.append(transport)
                transport.add_server_key(remote.host_key)
                try:
                    transport.start_server(server=_Session(remote))
                except (paramiko.SSHException, EOFError):
                    transport.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield remote
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for transport in transports:
                transport.close()
