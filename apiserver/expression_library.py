"""Kubernetes' functions as the engine knows them: what each takes and gives, to check with, and
what it does, to run with. Where two types are both maps when it runs, it sees for itself which of
them it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cel_expr_python import cel

from apiserver import expression_function as function

_TYPES: dict[str, cel.Type] = {
    "any": cel.Type.DYN,
    "bool": cel.Type.BOOL,
    "bytes": cel.Type.BYTES,
    "double": cel.Type.DOUBLE,
    "duration": cel.Type.DURATION,
    "int": cel.Type.INT,
    "map": cel.Type.Map(cel.Type.DYN, cel.Type.DYN),
    "null": cel.Type.NULL,
    "string": cel.Type.STRING,
    "time": cel.Type.TIMESTAMP,
    "strings": cel.Type.List(cel.Type.STRING),
    "ints": cel.Type.List(cel.Type.INT),
    "doubles": cel.Type.List(cel.Type.DOUBLE),
    "anys": cel.Type.List(cel.Type.DYN),
    "query": cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    "quantity": cel.Type.AbstractType("kubernetes.Quantity"),
    "semver": cel.Type.AbstractType("kubernetes.Semver"),
    "ip": cel.Type.AbstractType("net.IP"),
    "cidr": cel.Type.AbstractType("net.CIDR"),
    "url": cel.Type.AbstractType("kubernetes.URL"),
    "format": cel.Type.AbstractType("kubernetes.NamedFormat"),
}

Does = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Entry:
    """A function: `takes` are the types in its variants; a leading dot marks a method."""

    name: str
    does: Does
    variants: tuple[str, ...]


def _table() -> Iterator[Entry]:
    yield from _quantities()
    yield from _addresses()
    yield from _urls()
    yield from _lists()
    yield Entry("find", function.find, (".string string > string",))
    yield Entry(
        "findAll",
        function.find_all,
        (".string string > strings", ".string string int > strings"),
    )
    yield Entry(FAULTS, function.format_faults, ("format string > strings",))
    yield Entry("format.named", lambda name: {"format": name}, ("string > format",))
    for name in function.FORMATS:
        yield Entry(f"format.{name}", _constant(name), ("> format",))


FAULTS = "format.faults"
"""What stands for `validate`: the engine takes no optional value from a function of ours."""


def _constant(name: str) -> Does:
    return lambda: {"format": name}


def _quantities() -> Iterator[Entry]:
    both = (".quantity quantity > {0}", ".semver semver > {0}")
    truth = tuple(each.format("bool") for each in both)
    yield Entry("quantity", function.quantity, ("string > quantity",))
    yield Entry("isQuantity", function.is_valid(function.quantity), ("string > bool",))
    yield Entry("semver", function.version, ("string > semver",))
    yield Entry("isSemver", function.is_valid(function.version), ("string > bool",))
    yield Entry("isGreaterThan", lambda one, other: function.compare(one, other) > 0, truth)
    yield Entry("isLessThan", lambda one, other: function.compare(one, other) < 0, truth)
    yield Entry("compareTo", function.compare, tuple(each.format("int") for each in both))
    for name, does in (("add", function.add), ("sub", function.subtract)):
        yield Entry(name, does, (".quantity quantity > quantity", ".quantity int > quantity"))
    yield Entry("sign", function.sign, ("quantity > int",))
    yield Entry("isInteger", function.is_integer, (".quantity > bool",))
    yield Entry("asInteger", function.as_integer, (".quantity > int",))
    yield Entry(
        "asApproximateFloat",
        lambda value: float(function.number_of(value)),
        (".quantity > double",),
    )
    yield Entry("major", lambda value: function.numbers_of(value)[0], (".semver > int",))
    yield Entry("minor", lambda value: function.numbers_of(value)[1], (".semver > int",))
    yield Entry("patch", lambda value: function.numbers_of(value)[2], (".semver > int",))


def _addresses() -> Iterator[Entry]:
    yield Entry("isIP", function.is_valid(function.address), ("string > bool",))
    yield Entry("ip", function.address, ("string > ip",))
    yield Entry("ip", lambda value: {"ip": value["cidr"].partition("/")[0]}, (".cidr > ip",))
    yield Entry("ip.isCanonical", function.is_canonical, ("string > bool",))
    yield Entry("family", lambda value: function.address_of(value).version, (".ip > int",))
    for name, word in (
        ("isUnspecified", "is_unspecified"),
        ("isLoopback", "is_loopback"),
        ("isLinkLocalUnicast", "is_link_local"),
    ):
        yield Entry(name, _property(word), (".ip > bool",))
    yield Entry("isLinkLocalMulticast", _is_local_group, (".ip > bool",))
    yield Entry("isGlobalUnicast", _is_global, (".ip > bool",))
    yield Entry("isCIDR", function.is_valid(function.network), ("string > bool",))
    yield Entry("cidr", function.network, ("string > cidr",))
    yield Entry("containsIP", function.contains, (".cidr ip > bool", ".cidr string > bool"))
    yield Entry("containsCIDR", function.contains, (".cidr cidr > bool", ".cidr string > bool"))
    yield Entry(
        "prefixLength", lambda value: function.network_of(value).prefixlen, (".cidr > int",)
    )
    yield Entry(
        "masked", lambda value: {"cidr": str(function.network_of(value))}, (".cidr > cidr",)
    )


def _property(word: str) -> Does:
    return lambda value: bool(getattr(function.address_of(value), word))


def _is_local_group(value: function.Value) -> bool:
    found = str(function.address_of(value))
    return found.startswith(("224.0.0.", "ff02:"))


def _is_global(value: function.Value) -> bool:
    found = function.address_of(value)
    other = (found.is_multicast, found.is_loopback, found.is_link_local, found.is_unspecified)
    return not any(other) and str(found) != "255.255.255.255"


def _urls() -> Iterator[Entry]:
    yield Entry("url", function.url, ("string > url",))
    yield Entry("isURL", function.is_valid(function.url), ("string > bool",))
    yield Entry("getScheme", lambda value: function.url_of(value).scheme, (".url > string",))
    yield Entry(
        "getHost",
        lambda value: function.url_of(value).netloc.rpartition("@")[2],
        (".url > string",),
    )
    yield Entry("getHostname", function.host_of, (".url > string",))
    yield Entry("getPort", function.port_of, (".url > string",))
    yield Entry("getEscapedPath", lambda value: function.url_of(value).path, (".url > string",))
    yield Entry("getQuery", function.query_of, (".url > query",))


def _lists() -> Iterator[Entry]:
    yield Entry("isSorted", lambda values: values == sorted(values), (".anys > bool",))
    summed = (".ints > int", ".doubles > double")
    yield Entry("sum", sum, summed)
    ordered = (*summed, ".strings > string")
    yield Entry("min", min, ordered)
    yield Entry("max", max, ordered)


def checking() -> list[cel.FunctionDecl]:
    """The functions with their types, to check an expression with."""
    found: dict[str, list[cel.Overload]] = {}
    for entry in _table():
        for variant in entry.variants:
            takes, gives = variant.split(">")
            overload = cel.Overload(
                id=f"{entry.name} {variant}",
                return_type=_TYPES[gives.strip()],
                parameters=[_TYPES[word] for word in takes.strip(" .").split()],
                is_member=takes.startswith("."),
            )
            found.setdefault(entry.name, []).append(overload)
    return [cel.FunctionDecl(name, overloads) for name, overloads in found.items()]


def running() -> list[cel.FunctionDecl]:
    """The functions with what they do, on plain values."""
    found: dict[str, dict[str, cel.Overload]] = {}
    for entry in (*_table(), *_maps()):
        for variant in entry.variants:
            takes = variant.partition(">")[0]
            kinds = [_KINDS.get(word, word) for word in takes.strip(" .").split()]
            shape = f"{entry.name} {takes[:1] == '.'} {' '.join(kinds)}"
            found.setdefault(entry.name, {})[shape] = cel.Overload(
                id=shape,
                return_type=cel.Type.DYN,
                parameters=[_TYPES[kind] for kind in kinds],
                is_member=takes.startswith("."),
                impl=entry.does,
            )
    return [cel.FunctionDecl(name, list(variants.values())) for name, variants in found.items()]


_KINDS = {
    **dict.fromkeys(("strings", "ints", "doubles"), "anys"),
    **dict.fromkeys(("quantity", "semver", "ip", "cidr", "url", "format", "query"), "map"),
}
"""What a value is when it runs."""


def _maps() -> Iterator[Entry]:
    """What `transformMap` and `transformMapEntry` make their result with: the engine has it not."""
    values = ("anys", "bool", "bytes", "double", "duration", "int", "map", "null", "string", "time")
    pairs = tuple(f"map {key} {value} > any" for key in ("string", "int") for value in values)
    yield Entry("cel.@mapInsert", lambda made, key, value: {**made, key: value}, pairs)
    yield Entry("cel.@mapInsert", lambda made, more: {**made, **more}, ("map map > any",))
