"""The formats of files that SOPS knows, by name, by content, and from one to another. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kustomize_controller.sops import (
    dotenv_format,
    ini_format,
    json_format,
    metadata,
    yaml_reading,
    yaml_writing,
)
from kustomize_controller.sops.document import Document
from kustomize_controller.sops.value import Branch, Branches, SopsProblem

LARGEST = 5 << 20
"""Bytes of an encrypted file, as in Flux."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `marker`: what is in every encrypted file of it."""

    name: str
    marker: bytes
    load: Callable[[bytes], Branches]
    emit: Callable[[Branches], bytes]

    def is_encrypted(self, content: bytes) -> bool:
        """Whether a file looks like one of this format that is encrypted."""
        return self.marker in content

    def document(self, content: bytes) -> Document:
        """An encrypted file. Raises SopsProblem where it is too large or malformed."""
        if len(content) > LARGEST:
            raise SopsProblem(f"has {len(content)} bytes, more than the {LARGEST} of the limit")
        branches = self.load(content)
        said = next((branch[metadata.KEY] for branch in branches if metadata.KEY in branch), None)
        plain = [without_metadata(branch) for branch in branches]
        return Document(plain, metadata.parsed(said))


def without_metadata(branch: Branch) -> Branch:
    """A document without what it says of itself."""
    return {key: value for key, value in branch.items() if key != metadata.KEY}


YAML = Format("YAML", b"mac: ENC[", yaml_reading.loaded, yaml_writing.emitted)
JSON = Format("JSON", b'"mac": "ENC[', json_format.loaded, json_format.emitted)
BINARY = Format("binary", b'"mac": "ENC[', json_format.loaded, json_format.binary)
DOTENV = Format("dotenv", b"sops_mac=ENC[", dotenv_format.loaded, dotenv_format.emitted)
INI = Format("INI", b"[sops]", ini_format.loaded, ini_format.emitted)

_BY_ENDING = {
    ".dockerconfigjson": JSON,
    ".yaml": YAML,
    ".yml": YAML,
    ".json": JSON,
    ".env": DOTENV,
    ".ini": INI,
}


def format_of_name(name: str) -> Format:
    """The format that the name of a file, or of a key of a Secret, tells; binary without one."""
    return next((kind for end, kind in _BY_ENDING.items() if name.endswith(end)), BINARY)


def format_of_content(content: bytes) -> Format | None:
    """The format of an encrypted file, told by its marker; None for what is not encrypted."""
    return next((kind for kind in (JSON, DOTENV, YAML, INI) if kind.is_encrypted(content)), None)
