"""Records of what the real kustomize answered, read from beside the checkout where they are."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kustomize.build import Options, build
from shared.manifest.document import dump
from shared.manifest.tree import Tree

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared/conformance/kustomize"
MISSING = f"the conformance records are not at {FOLDER.name} beside the checkout"
Record = dict[str, Any]

_WORD = re.compile(r"[A-Za-z0-9_.$@-]{2,}")
_CONFIG = re.compile(r"`\n.*?\n`", re.DOTALL)
_DUMP = re.compile(
    r"map\[string\]interface \{\}(\(nil\)|\{.*\})(?=: )|\[\{.*"
    r"|resid\.\w+|isClusterScoped:\w+|(?:Gvk|Group|Version|Kind|Name|Namespace):|&\{[^}]*\}",
    re.DOTALL,
)


def records(*names: str) -> Iterator[Record]:
    """The records of some files; none where they are not there."""
    for name in names:
        path = FOLDER / f"{name}.jsonl"
        if path.exists():
            yield from map(json.loads, filter(None, path.read_text().split("\n")))


def files_of(record: Record) -> dict[str, bytes]:
    """The tree of a record."""
    files = {path: text.encode() for path, text in record["files"].items()}
    for path, text in record.get("files_b64", {}).items():
        files[path] = base64.b64decode(text)
    return files


def tree_of(record: Record) -> Tree:
    """The tree of a record, with its links."""
    return Tree(files_of(record), record.get("symlinks", {}))


def options_of(record: Record, version: str) -> Options:
    """The options of a record; `version` is what the kustomize that builds calls itself."""
    given = record["options"]
    return Options(
        anywhere=given["load_restrictor"] != "LoadRestrictionsRootOnly",
        sort="none" if given["reorder"] == "none" else "legacy",
        managed_by=given["add_managed_by_label"],
        version=version,
    )


def built(record: Record) -> str:
    """What we make of a record, as YAML.

    With the tree at the top of a disk, for those records that count on it."""
    mounted = "/" if record.get("cli_reproduces_chroot") else ""
    options = replace(options_of(record, version="(test)"), mounted=mounted)
    return dump(build(tree_of(record), record["root"], options).manifests).decode()


def shared_words(wanted: str, got: str) -> float:
    """Which part of the words that the innermost error says is in another text too. Dumps of
    objects and configurations do not count."""
    essence = _DUMP.sub("", _CONFIG.sub("", wanted.rsplit("': ", 1)[-1])).split("\n\n")[0]
    words = [word.strip(".") for word in _WORD.findall(essence)]
    ours = {word.strip(".") for word in _WORD.findall(got)}
    return sum(word in ours for word in words) / max(1, len(words))
