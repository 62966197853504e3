"""What becomes of folded texts (`>`) when kustomize writes an object down and reads it again.

It does so once before an object comes out. The library that it writes with puts an empty line
behind every line of a folded text, also where the next one is indented further and keeps its break
anyway: so such a text gains a line (and one that begins with a blank loses breaks). Pure.
"""

from __future__ import annotations

import re
from typing import cast

import yaml

_INDENT = "  "
# No character of four bytes, no mark of byte order, and no break but the usual one.
_WRITABLE = re.compile("[\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")


def refolded(text: str) -> str:
    """A folded text after it was written and read once more."""
    if not _is_folded_again(text):
        return text
    indicator = "2" if text[0] in " \n" else ""
    chomping = "" if text.endswith("\n") else "-"
    if text == "\n" or text.endswith("\n\n"):
        chomping = "+"
    document = f">{indicator}{chomping}\n{_body(text)}"
    return cast("str", yaml.load(document, Loader=yaml.CBaseLoader))


def _is_folded_again(text: str) -> bool:
    """Whether the library writes it as a folded text: it puts others in quotes."""
    if not text or text.endswith(" ") or " \n" in text:
        return False
    return _WRITABLE.fullmatch(text) is not None


def _body(text: str) -> str:
    """The lines, as that library writes them."""
    widened = text.lstrip("\n")[:1] not in ("", " ", "\t")
    result: list[str] = []
    begins, is_deeper = True, True
    for char in text:
        if char == "\n":
            result.append("\n\n" if widened and not begins and not is_deeper else "\n")
            begins = True
            continue
        if begins:
            result.append(_INDENT)
            is_deeper = char in " \t"
        result.append(char)
        begins = False
    return "".join(result)
