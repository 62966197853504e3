"""Who we are at a registry, and how we get there: values that do not print what is secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from shared.oci.location import HUB, Location


@dataclass(frozen=True, slots=True)
class Login:
    """A user with a password, or one of two tokens. `identity`: is given to the token server for an
    access token (Docker's `identitytoken`); `bearer`: is shown to the registry as it is (Docker's
    `registrytoken`)."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.username or self.password or self.identity or self.bearer)


ANONYMOUS = Login()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Logins by what they are for: a host with or without port, in which `*` stands for a part
    between dots, with or without a path in front of the repository."""

    logins: tuple[tuple[str, Login], ...] = ()

    @classmethod
    def of(cls, login: Login) -> Keyring:
        """One login, for whatever is asked for."""
        return cls((("", login),))

    def __bool__(self) -> bool:
        return bool(self.logins)

    def __iter__(self) -> Iterator[tuple[str, Login]]:
        return iter(self.logins)

    def __add__(self, other: Keyring) -> Keyring:
        return Keyring(self.logins + other.logins)

    def login_for(self, location: Location) -> Login:
        """What is shown at a location: of the logins that fit, the one with the most said about the
        place; of those that say the same, the first. ANONYMOUS where none fits."""
        fitting = [one for one in self.logins if fits(one[0], location)]
        return max(fitting, key=lambda one: len(one[0]), default=("", ANONYMOUS))[1]


def fits(pattern: str, location: Location) -> bool:
    """Whether a pattern of a docker config is for a location, by Kubernetes's rules."""
    if not pattern:
        return True
    host, _, path = pattern.partition("/")
    if host.lower() == location.registry.lower():
        return _is_below(path, location.repository)
    named, _, port = host.partition(":")
    registry, _, own_port = location.registry.lower().partition(":")
    if registry == HUB and named.lower() in {"docker.io", "registry-1.docker.io"}:
        named = HUB
    parts, own = named.lower().split("."), registry.split(".")
    return (
        port == own_port
        and len(parts) == len(own)
        and all(map(fnmatchcase, own, parts))
        and _is_below(path, location.repository)
    )


def _is_below(path: str, repository: str) -> bool:
    return not path or repository == path or repository.startswith(path.rstrip("/") + "/")


@dataclass(frozen=True, slots=True)
class Access:
    """How a registry is talked to.

    `authority`, `certificate`, `key`: PEM, each may be empty. `insecure`: without TLS where there
    is none, and without a look at the certificate where no authority is given. `proxy`: the URL of
    an HTTP proxy, with user and password in it where it wants them; empty: as the environment says.
    `realms`: hosts of token servers that may be shown what is for the registry, beside its own.
    """

    keyring: Keyring = Keyring()
    authority: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)
    insecure: bool = False
    proxy: str = field(default="", repr=False)
    realms: tuple[str, ...] = ()
