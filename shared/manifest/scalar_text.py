"""How one string or number is written in YAML: plain, quoted, as a block, folded."""

from __future__ import annotations

import re
from functools import lru_cache

from shared.manifest.resolution import needs_quotes

WIDTH = 80
_SHORT = 100
"""Longer texts are not worth remembering."""
LONGEST_KEY = 128
"""Longer keys are written behind a question mark."""

_NOT_PLAIN = re.compile(
    r"""^[#,\[\]{}&*!|>'"%@`] | ^[?:-](?:[ ]|$) | ^--- | ^\.\.\.
    | :(?:[ ]|$) | [ ]\# | ^[ ] | [ ]$ | [\u2028\u2029]""",
    re.VERBOSE,
)
_SPECIAL = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_BEFORE_BREAK = re.compile("[ ][\n\u2028\u2029]")
_AFTER_BREAK = re.compile("[\n\u2028\u2029][ ]")
_ESCAPED = re.compile(
    "[^\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd]"
)
_FORBIDDEN = re.compile("[\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NAMED = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def one_line(text: str) -> str:
    """A string as a single line. Raises ValueError for characters that YAML does not know."""
    return _known_line(text) if len(text) <= _SHORT else _line(text)


@lru_cache(maxsize=1 << 15)
def _known_line(text: str) -> str:
    return _line(text)


def _line(text: str) -> str:
    return written(text, quoted=needs_quotes(text))


def written(text: str, *, quoted: bool) -> str:
    """A string as a single line, in double quotes if it has to be `quoted` for what it means.

    Raises ValueError as `one_line`.
    """
    if not text:
        return '""'
    if "\x85" in text:
        # On its way out a text passes a YAML reader, to whom a "next line" is a line to fold.
        text = re.sub("[ ]*\x85[ ]*", " ", text)
    special = _SPECIAL.search(text) is not None
    if special and _FORBIDDEN.search(text):
        raise ValueError("yaml: control characters are not allowed")
    if "\n" in text or quoted or special:
        return _double(text)
    if not _NOT_PLAIN.search(text):
        return text
    if _BEFORE_BREAK.search(text) or _AFTER_BREAK.search(text):
        return _double(text)
    return "'" + text.replace("'", "''") + "'"


def key_text(text: str) -> str:
    """A key of a mapping, without its colon."""
    line = one_line(text)
    return f"? {line}\n" if len(text) > LONGEST_KEY >> 2 and _is_long(text) else line


def _is_long(text: str) -> bool:
    return len(text.encode()) > LONGEST_KEY


def _double(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _NAMED:
        return "\\" + _NAMED[sign]
    code = ord(sign)
    if code < 0x100:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def block(text: str, indent: int) -> str | None:
    """A string of several lines as a literal block, or None where it has to be quoted."""
    if text[-1] == " " or _SPECIAL.search(text) or _BEFORE_BREAK.search(text):
        return None
    pad = " " * indent
    body = text.removesuffix("\n").split("\n")
    lines = "\n".join(f"{pad}{line}" if line else "" for line in body)
    return f"|{_hints(text)}\n{lines}"


def _hints(text: str) -> str:
    hint = "2" if text[0] in " \n" else ""
    if text[-1] != "\n":
        return f"{hint}-"
    return f"{hint}+" if text == "\n" or text[-2] == "\n" else hint


def folded(text: str, quote: str, column: int, indent: int) -> str:
    """A long string broken at blanks behind column 80; `quote` is the quotation mark in use, or
    any other sign where there is none."""
    if quote == '"':
        return _folded_double(text, column, indent)
    quoted = quote == "'"
    words = text.replace("'", "''") if quoted else text
    return f"'{_broken(words, column + 1, indent)}'" if quoted else _broken(words, column, indent)


def _broken(text: str, column: int, indent: int) -> str:
    """Single blanks become line breaks once the line is full; runs of blanks stay."""
    parts: list[str] = []
    start = 0
    for found in re.finditer(r" +", text):
        at, end = found.span()
        column += at - start
        parts.append(text[start:at])
        inside = at > 0 and end < len(text)
        if end - at == 1 and column > WIDTH and inside:
            parts.append("\n" + " " * indent)
            column = indent
        else:
            parts.append(found[0])
            column += end - at
        start = end
    parts.append(text[start:])
    return "".join(parts)


def _folded_double(text: str, column: int, indent: int) -> str:
    """In double quotes a break may stand in a run of blanks, with a backslash for the next one."""
    parts = ['"']
    column += 1
    after_blank = False
    for at, sign in enumerate(text):
        piece = _ESCAPED.sub(_escape, sign)
        if sign == " " and not after_blank and column > WIDTH and 0 < at < len(text) - 1:
            parts.append("\n" + " " * indent + ("\\" if text[at + 1] == " " else ""))
            column = indent + (text[at + 1] == " ")
        else:
            parts.append(piece)
            column += len(piece)
        after_blank = sign == " "
    parts.append('"')
    return "".join(parts)


def number_text(value: float) -> str:
    """A number as Go prints it: floats in their shortest form, with an exponent from 1e6 on and
    below 1e-4. Raises ValueError for infinities and NaN."""
    if isinstance(value, int):
        return str(int(value))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"json: unsupported value: {value}")
    return _shortest(value)


def _shortest(value: float) -> str:
    mantissa, _, exponent = f"{value!r}e0".partition("e")
    sign, digits, power = _digits(mantissa, int(exponent.split("e")[0]))
    if power < -4 or power >= 6:
        point = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{point}e{'-' if power < 0 else '+'}{abs(power):02}"
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    whole, rest = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def _digits(mantissa: str, exponent: int) -> tuple[str, str, int]:
    """Sign, significant digits, and the power of ten of the first of them."""
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, rest = mantissa.lstrip("-").partition(".")
    digits = whole + rest
    stripped = digits.lstrip("0")
    power = exponent + len(whole) - 1 - (len(digits) - len(stripped))
    return sign, stripped.rstrip("0") or "0", power if stripped.strip("0") else 0
