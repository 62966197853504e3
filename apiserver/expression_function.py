"""The functions that Kubernetes adds to CEL, on the plain values that expressions run on.

What CEL would hold in a type of its own (a quantity, an address, a URL, a version, a format) is a
map with one key that says what it is. A function that raises ValueError has no answer.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from urllib.parse import SplitResult, parse_qs, urlsplit

import re2

from apiserver import format_check

Value = dict[str, str]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# No digits are nothing, as in Go: `Gi` is a quantity.
_QUANTITY = re.compile(
    r"(?=.)([+-]?)(\d*)\.?(\d*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,3})?", re.ASCII
)
_SCALE: Mapping[str, Fraction] = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
    "P": Fraction(10**15), "E": Fraction(10**18), "Ki": Fraction(2**10), "Mi": Fraction(2**20),
    "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50), "Ei": Fraction(2**60),
}  # fmt: skip
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_FORMATS: Mapping[str, tuple[str, int]] = {
    "dns1123Label": (_LABEL, 63),
    "dns1123LabelPrefix": (rf"{_LABEL}-?", 63),
    "dns1123Subdomain": (rf"{_LABEL}(\.{_LABEL})*", 253),
    "dns1123SubdomainPrefix": (rf"{_LABEL}(\.{_LABEL})*[-.]?", 253),
    "dns1035Label": (r"[a-z]([-a-z0-9]*[a-z0-9])?", 63),
    "dns1035LabelPrefix": (r"[a-z]([-a-z0-9]*[a-z0-9])?-?", 63),
    "qualifiedName": (rf"({_LABEL}(\.{_LABEL})*/)?{_QUALIFIED}", 317),
    "labelValue": (rf"({_QUALIFIED})?", 63),
}
_CHECKED = {"uri": "uri", "uuid": "uuid", "byte": "byte", "date": "date", "datetime": "date-time"}
FORMATS = (*_FORMATS, *_CHECKED)
"""The named formats: `format.dns1123Label()`."""


def is_valid(parse: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether a text can be parsed."""

    def answer(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return answer


def quantity(text: str) -> Value:
    """`1.5Gi`."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    minus, whole, broken, suffix = found.groups(default="")
    number = Fraction(f"{minus}{whole or 0}.{broken or 0}")
    if suffix[1:] and suffix[1] != "i":
        return _quantity(number * Fraction(10) ** int(suffix[1:]))
    return _quantity(number * _SCALE[suffix])


def _quantity(number: Fraction) -> Value:
    return {"quantity": str(number)}


def number_of(value: Value) -> Fraction:
    """What a quantity amounts to."""
    return Fraction(value["quantity"])


def sign(value: Value) -> int:
    """-1, 0 or 1."""
    number = number_of(value)
    return (number > 0) - (number < 0)


def is_integer(value: Value) -> bool:
    """Whether it is a whole number that CEL can hold."""
    number = number_of(value)
    return number.denominator == 1 and -(2**63) <= number < 2**63


def as_integer(value: Value) -> int:
    """The whole number."""
    if not is_integer(value):
        raise ValueError(value)
    return int(number_of(value))


def add(one: Value, other: Value | int) -> Value:
    """The sum of a quantity with another, or with a whole number."""
    return _quantity(number_of(one) + _amount(other))


def subtract(one: Value, other: Value | int) -> Value:
    """The difference."""
    return _quantity(number_of(one) - _amount(other))


def _amount(value: Value | int) -> Fraction:
    return Fraction(value) if isinstance(value, int) else number_of(value)


def compare(one: Value, other: Value) -> int:
    """-1, 0 or 1: quantities by size, versions by precedence."""
    if "version" in one:
        left, right = _precedence(one["version"]), _precedence(other["version"])
        return (left > right) - (left < right)
    return sign(_quantity(number_of(one) - number_of(other)))


def version(text: str) -> Value:
    """`1.2.3-rc.1`, as semver.org has it."""
    if not _VERSION.fullmatch(text):
        raise ValueError(text)
    return {"version": text}


def numbers_of(value: Value) -> tuple[int, int, int]:
    """Major, minor and patch."""
    found = _VERSION.fullmatch(value["version"])
    if found is None:
        raise ValueError(value)
    return int(found.group(1)), int(found.group(2)), int(found.group(3))


def _precedence(text: str) -> tuple[object, ...]:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    before = found.group(4)
    parts = [
        (0, int(each), "") if each.isdigit() else (1, 0, each)
        for each in (before.split(".") if before else ())
    ]
    return (*map(int, found.group(1, 2, 3)), not before, parts)


def address(text: str) -> Value:
    """An IP address without a zone; not an IPv4 one in IPv6's clothes."""
    found = ipaddress.ip_address(text)
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.scope_id):
        raise ValueError(text)
    return {"ip": str(found)}


def address_of(value: Value | str) -> Address:
    """The address that a value or a text is."""
    return ipaddress.ip_address(value if isinstance(value, str) else value["ip"])


def is_canonical(text: str) -> bool:
    """Whether an address is written as short as it can be."""
    return address(text)["ip"] == text


def network(text: str) -> Value:
    """`10.0.0.0/8`; bits beyond the prefix are kept."""
    found = ipaddress.ip_interface(text)
    if "/" not in text or not text.rpartition("/")[2].isdecimal():
        raise ValueError(text)
    return {"cidr": str(found)}


def network_of(value: Value | str) -> Network:
    """The network that a value or a text is in."""
    return ipaddress.ip_interface(value if isinstance(value, str) else value["cidr"]).network


def contains(value: Value, other: Value | str) -> bool:
    """Whether an address, or a whole network, is in a network."""
    outer = network_of(value)
    told = other if isinstance(other, str) else next(iter(other.values()))
    inner = ipaddress.ip_interface(told).network
    if inner.version != outer.version:
        return False
    low, high = outer.network_address, outer.broadcast_address
    return low <= inner.network_address and inner.broadcast_address <= high  # type: ignore[operator]


def url(text: str) -> Value:
    """An absolute URL, or an absolute path."""
    found = urlsplit(text)
    is_absolute = bool(found.scheme) or text.startswith("/")
    if not is_absolute or re.search(r"\s", text) or found.port == -1:
        raise ValueError(text)
    return {"url": text}


def url_of(value: Value) -> SplitResult:
    """The parts of a URL."""
    return urlsplit(value["url"])


def host_of(value: Value) -> str:
    """The host without its port and brackets."""
    return (url_of(value).hostname or "") if url_of(value).netloc else ""


def port_of(value: Value) -> str:
    """The port, or nothing."""
    port = url_of(value).port
    return "" if port is None else str(port)


def query_of(value: Value) -> dict[str, list[str]]:
    """The parameters of a URL."""
    return parse_qs(url_of(value).query, keep_blank_values=True)


def find(text: str, pattern: str) -> str:
    """The first match, or nothing."""
    found = re2.search(pattern, text)
    return found.group() if found else ""


def find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    """All matches, up to a limit."""
    found = [each.group() for each in re2.finditer(pattern, text)]
    return found if limit < 0 else found[:limit]


def format_faults(name: Value, text: str) -> list[str]:
    """Why a text does not have a named format; nothing where it has."""
    word = name["format"]
    if word in _CHECKED:
        return [] if format_check.fits(text, _CHECKED[word]) else [f"must be a valid {word}"]
    pattern, most = _FORMATS[word]
    faults = [] if len(text) <= most else [f"must be no more than {most} bytes"]
    return faults if re2.fullmatch(pattern, text) else [*faults, f"must be a valid {word}"]
