"""Distinguished names, as trust policies write them (RFC 4514) and certificates have them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography import x509

from source_controller.signature.problem import InvalidTrust

NEEDED = frozenset({"C", "ST", "O"})

_OTHER_NAMES = {"S": "ST"}


@dataclass(frozen=True, slots=True)
class Subject:
    """The parts of a name by their short names: `C`, `ST`, `O`, `CN`."""

    parts: Mapping[str, str]

    @classmethod
    def parse(cls, text: str, about: str) -> Subject:
        """Read `C=US, ST=WA, O=example, CN=signer`. Raises InvalidTrust where it is none, or does
        not say enough: country, state and organisation."""
        try:
            name = x509.Name.from_rfc4514_string(",".join(_split(text)))
        except ValueError:
            raise InvalidTrust(f"{about}: '{text[:200]}' is no distinguished name") from None
        parts = parts_of(name)
        if parts is None or not parts.keys() >= NEEDED:
            raise InvalidTrust(f"{about}: '{text[:200]}' has to have C, ST and O, each part once")
        return cls(parts)

    def fits(self, certificate: x509.Certificate) -> bool:
        """Whether all parts are in the name of a certificate."""
        own = parts_of(certificate.subject)
        return own is not None and all(own.get(key) == one for key, one in self.parts.items())


def parts_of(name: x509.Name) -> Mapping[str, str] | None:
    """The parts of a name; None where one is there twice, and it is not clear which is meant."""
    parts: dict[str, str] = {}
    for attribute in name:
        short = attribute.rfc4514_attribute_name
        if short in parts or not isinstance(attribute.value, str):
            return None
        parts[short] = attribute.value
    return parts


def _split(text: str) -> Iterator[str]:
    """The parts without the spaces around them, and under the names that the library knows."""
    start = 0
    for at, letter in enumerate(text + ","):
        if letter in ",+" and (at == 0 or text[at - 1] != "\\"):
            name, equals, value = text[start:at].strip().partition("=")
            key = name.strip().upper()
            yield f"{_OTHER_NAMES.get(key, key)}{equals}{value.strip()}"
            start = at + 1
