"""What entries of a decryption Secret and answers of key services have in common. Pure."""

from __future__ import annotations

import base64
import binascii

from kustomize_controller.sops.value import SopsProblem
from shared.manifest.document import CONFIGURATION, DocumentError, parse


def settings_in(content: bytes) -> dict[str, str]:
    """The texts of a YAML or JSON mapping, in UTF-8 or UTF-16. Raises SopsProblem."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode()
    try:
        found = parse(content, path="", rules=CONFIGURATION)
    except DocumentError:
        raise SopsProblem("is neither YAML nor JSON") from None
    if len(found) != 1:
        raise SopsProblem("is no mapping")
    return {key: value for key, value in found[0].items() if isinstance(value, str)}


def key_in(said: object, service: str, *, in_url: bool = False) -> bytes:
    """A data key in an answer, in base64, or in that for URLs. Raises SopsProblem."""
    if not isinstance(said, str) or not said:
        raise SopsProblem(f"{service} answers without a data key")
    text = said.encode() + b"=" * (-len(said) % 4)
    try:
        return base64.b64decode(text, b"-_" if in_url else None, validate=True)
    except binascii.Error:
        raise SopsProblem(f"{service} answers with a data key that is not base64") from None
