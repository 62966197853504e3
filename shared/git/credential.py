"""What it takes to sign in to a remote, in a form that does not print itself."""

from __future__ import annotations

from dataclasses import dataclass

HIDDEN = "***"


class Secret:
    """Text that only shows itself where it is asked to: `repr`, `str` and f-strings give `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one who sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


NOTHING = Secret()


@dataclass(frozen=True, slots=True)
class Proxy:
    """What to go through: `http://host:port` or `https://host:port`, and who we are there."""

    address: str
    username: str = ""
    password: Secret = NOTHING


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password or token, certificates, SSH keys: whichever the URL needs.

    `holder`: whose it is, as `namespace/name` of a Secret; empty for nobody's. What was fetched for
    one holder is never offered to another. `proxy`: the way to the remote; none: the one that the
    environment names, if any.
    """

    username: str = ""
    password: Secret = NOTHING
    bearer: Secret = NOTHING
    authority: str = ""
    certificate: str = ""
    key: Secret = NOTHING
    identity: Secret = NOTHING
    known_hosts: str = ""
    holder: str = ""
    proxy: Proxy | None = None

    def mask(self, text: str) -> str:
        """The text with every secret in it replaced: remotes may say back what they were told."""
        own = self.proxy.password if self.proxy else NOTHING
        secrets = (self.password, self.bearer, self.key, self.identity, own)
        for secret in sorted(filter(None, secrets), key=lambda s: -len(s.reveal())):
            text = text.replace(secret.reveal(), HIDDEN)
        return text


ANONYMOUS = Credential()
