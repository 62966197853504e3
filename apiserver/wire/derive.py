"""Writes `messages.json` from the Go types of Kubernetes: `python -m apiserver.wire.derive DIR`.

DIR is a Go module cache that holds `k8s.io/api` and `k8s.io/apimachinery` of one release, such
as `$(go env GOMODCACHE)`. The struct tags of the Go types say each field's number and name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

RELEASE = "v0.36.3"
_PACKAGES = (
    "api/admissionregistration/v1", "api/apps/v1", "api/authentication/v1", "api/authorization/v1",
    "api/autoscaling/v1", "api/autoscaling/v2", "api/batch/v1", "api/coordination/v1",
    "api/core/v1", "api/discovery/v1", "api/events/v1", "api/networking/v1", "api/node/v1",
    "api/policy/v1", "api/rbac/v1", "api/scheduling/v1", "api/storage/v1",
    "apiextensions-apiserver/pkg/apis/apiextensions/v1", "apimachinery/pkg/apis/meta/v1",
)  # fmt: skip
_SPECIAL = {
    "meta/v1.Time": "time", "meta/v1.MicroTime": "microtime", "meta/v1.Duration": "duration",
    "meta/v1.FieldsV1": "raw", "resource.Quantity": "quantity", "intstr.IntOrString":
    "int-or-string",
    "runtime.RawExtension": "raw", "apiextensions/v1.JSON": "raw",
    "apiextensions/v1.JSONSchemaPropsOrBool": "schema-or-bool",
    "apiextensions/v1.JSONSchemaPropsOrArray": "schema-or-list",
    "apiextensions/v1.JSONSchemaPropsOrStringArray": "schema-or-list",
    "types.UID": "string", "types.NamespacedName": "string", "types.NodeName": "string",
}  # fmt: skip
_SCALARS = {
    "string": "string", "bool": "bool", "int32": "int", "int64": "int", "uint8": "int",
    "uint32": "int", "float64": "double", "byte": "int", "int": "int",
}  # fmt: skip
_IMPORT = re.compile(r'^\s*(?:(\w+) )?"(k8s\.io/[\w./-]+)"', re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^type (\w+) ([\w.\[\]*]+)\s*$", re.MULTILINE)
_FIELD = re.compile(
    r'^\t(?:(\w+)\s+)?([\w.\[\]*]+)\s+`json:"([^"]*)"[^`]*?protobuf:"\w+,(\d+),(\w+)', re.MULTILINE
)


@dataclass
class Types:
    """What was read: structs by name (`core/v1.Pod`), and other named types."""

    structs: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)


def package_name(path: str) -> str:
    """`k8s.io/api/core/v1` → `core/v1`; `k8s.io/apimachinery/pkg/api/resource` → `resource`."""
    *_, parent, last = path.split("/")
    return f"{parent}/{last}" if re.fullmatch(r"v\d\w*", last) else last


def read(text: str, package: str, types: Types) -> None:
    """Gather the types of one Go file."""
    imports = {
        (alias or path.rpartition("/")[2]): package_name(path)
        for alias, path in _IMPORT.findall(text)
    }
    for name, body in _STRUCT.findall(text):
        found = [
            (json, number, qualified(kind, package, imports), label)
            for _, kind, json, number, label in _FIELD.findall(body)
        ]
        types.structs[f"{package}.{name}"] = found
    for name, kind in _NAMED.findall(text):
        types.named[f"{package}.{name}"] = qualified(kind, package, imports)


def qualified(kind: str, package: str, imports: dict[str, str]) -> str:
    """A Go type with its names in full: `[]Container` → `[]core/v1.Container`."""
    match = re.fullmatch(r"((?:\[\]|\*|map\[[\w.]+\])*)([\w.]+)", kind)
    if match is None:
        return kind
    prefix, name = match.groups()
    if name in _SCALARS:
        return prefix + name
    alias, dot, local = name.rpartition(".")
    return f"{prefix}{imports.get(alias, alias)}.{local}" if dot else f"{prefix}{package}.{name}"


def shape(kind: str, types: Types) -> tuple[str, str]:
    """A qualified Go type → its wire type and marks: `r` repeated, `m` a map, `p` a pointer."""
    if kind in ("[]byte", "[]uint8"):
        return "bytes", ""
    for prefix, mark in (("[]", "r"), ("*", "p")):
        if kind.startswith(prefix):
            inner, marks = shape(kind[len(prefix) :], types)
            return inner, mark + marks
    if match := re.fullmatch(r"map\[[\w./]+\](.*)", kind):
        return shape(match[1], types)[0], "m"
    if kind in types.named:
        inner, marks = shape(types.named[kind], types)
        # A named list is a message of its own with its items as field 1.
        return ("list:" + inner, "") if marks == "r" else (inner, marks)
    own = kind if kind in types.structs else "unknown"
    return _SCALARS.get(kind) or _SPECIAL.get(kind) or own, ""


def rows(name: str, types: Types) -> Iterator[list[object]]:
    """The fields of a message: number, JSON name, type, marks (`i` inlined, `o` omitempty)."""
    for json, number, kind, label in types.structs[name]:
        word, *options = json.split(",")
        wire, marks = shape(kind, types)
        if label == "rep" and wire.startswith("list:"):
            wire, marks = wire.removeprefix("list:"), "r"
        marks += ("i" if "inline" in options else "") + ("o" if "omitempty" in options else "")
        if wire != "unknown":
            yield [int(number), word, wire, marks]


def derive(modules: Path) -> dict[str, object]:
    """The table for a module cache. Raises OSError where a package is not in it."""
    types = Types()
    for path in _PACKAGES:
        module, _, rest = path.partition("/")
        directory = modules / "k8s.io" / f"{module}@{RELEASE}" / rest
        for file in sorted(directory.glob("types*.go")):
            read(file.read_text(), package_name(path), types)
    messages = {name: list(rows(name, types)) for name in sorted(types.structs)}
    return {name: fields for name, fields in messages.items() if fields}


if __name__ == "__main__":
    target = Path(__file__).with_name("messages.json")
    target.write_bytes(orjson.dumps(derive(Path(sys.argv[1]))))
