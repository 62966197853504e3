"""YAML as the real server reads it: Go's resolution of plain words, no dates, no sexagesimals."""

from __future__ import annotations

import re
from typing import ClassVar

import yaml

from apiserver.refusal import bad_request

MAX_DEPTH = 1_000
"""Nothing that is meant is nested deeper; `body` is stricter still, in its own words."""

MAX_MERGED = 100_000
"""The most pairs that merge keys (`<<`) may copy: a few lines could ask for billions."""

_BOOL = re.compile(
    r"^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"
)
_INT = re.compile(r"^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_TRUE = {"y", "yes", "true", "on"}


class Loader(yaml.CSafeLoader):
    """libyaml's parser with Go's rules for plain words."""

    # Go's rules only: nothing of what PyYAML resolves by itself.
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]

    depth = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:
        """Go one level down: libyaml does so on the C stack, which ends without a word."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.YAMLError(f"nested deeper than {MAX_DEPTH} levels")

    def ascend_resolver(self) -> None:
        """Come up again."""
        self.depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Carry out merge keys, as long as they stay in proportion."""
        super().flatten_mapping(node)
        self.merged = getattr(self, "merged", 0) + len(node.value)
        if self.merged > MAX_MERGED:
            raise yaml.YAMLError("merge keys copy too much")


def _bool(loader: Loader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() in _TRUE


def _int(loader: Loader, node: yaml.ScalarNode) -> int:
    word = str(loader.construct_scalar(node)).replace("_", "")
    if re.fullmatch(r"[-+]?0[0-7]+", word):
        return int(word, 8)
    return int(word, 0)


def _float(loader: Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)))


def _string(loader: Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


for _tag, _pattern, _first in (
    ("bool", _BOOL, "yYnNtTfFoO"),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+0123456789."),
    ("null", _NULL, ["~", "n", "N", ""]),
    ("merge", re.compile(r"^<<$"), ["<"]),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))
Loader.add_constructor("tag:yaml.org,2002:bool", _bool)
Loader.add_constructor("tag:yaml.org,2002:int", _int)
Loader.add_constructor("tag:yaml.org,2002:float", _float)
Loader.add_constructor("tag:yaml.org,2002:timestamp", _string)


def parse(data: bytes) -> object:
    """The value of one YAML document. Raises a 400 where it is not one."""
    try:
        value: object = yaml.load(data, Loader=Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise bad_request(f"error decoding YAML: {error}") from error
    return value
