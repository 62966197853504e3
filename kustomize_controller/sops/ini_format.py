"""INI files as SOPS reads and writes them: aligned, an empty line between sections. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kustomize_controller.sops.flat import nested
from kustomize_controller.sops.value import Branch, Branches, Comment, SopsProblem

_SECTION = re.compile(r"\[(?P<name>[^\]]*)\]")
_PAIR = re.compile(
    r'(?P<name>"""[^"]*"""|`[^`]*`|[^=:]*?)\s*[=:]\s*'
    r'(?P<value>"""(?P<long>.*)"""|`(?P<raw>[^`]*)`|"(?P<double>[^"]*)"|\'(?P<single>[^\']*)\''
    r"|(?P<plain>[^#;]*?))\s*(?P<comment>[#;].*)?"
)
_QUOTED = ("long", "raw", "double", "single", "plain")


def loaded(text: bytes) -> Branches:
    """The sections of a file, with its metadata below `sops`. Raises SopsProblem."""
    reader = _Reader()
    for number, line in enumerate(text.decode("utf-8", "surrogateescape").split("\n"), start=1):
        reader.line(line.strip(), number)
    return [reader.finished()]


class _Reader:
    """What was read so far."""

    def __init__(self) -> None:
        self._remarks: list[str] = []
        self._section: Branch = {}
        self._sections: Branch = {"DEFAULT": self._section}

    def line(self, line: str, number: int) -> None:
        """One more line."""
        if not line:
            return
        if line[0] in "#;":
            self._remarks.append(line)
        elif section := _SECTION.fullmatch(line):
            self._section = {}
            self._note()
            self._sections[section["name"].strip()] = self._section
        else:
            self._pair(line, number)

    def finished(self) -> Branch:
        """All sections. That of the metadata is nested again."""
        found = dict(self._sections)
        said = found.get("sops")
        if isinstance(said, dict):
            flat = {str(key): str(value) for key, value in said.items() if isinstance(key, str)}
            found["sops"] = nested(flat)
        return found

    def _pair(self, line: str, number: int) -> None:
        pair = _PAIR.fullmatch(line)
        if pair is None or not pair["name"]:
            raise SopsProblem(f"line {number} is neither a section nor a key with a value")
        value = next(pair[kind] for kind in _QUOTED if pair[kind] is not None)
        self._section[pair["name"].strip('`"')] = value
        if pair["comment"]:
            self._remarks.append(pair["comment"])
        self._note()

    def _note(self) -> None:
        """Put the comments since the last entry behind the one that they stand before."""
        if self._remarks:
            self._section[Comment("\n".join(self._remarks).lstrip("#; "))] = None
            self._remarks = []


def emitted(branches: Branches) -> bytes:
    """The sections as a file. Raises SopsProblem for what has no place in one."""
    parts = [
        "\n".join(_section(str(name), section)) + "\n"
        for branch in branches
        for name, section in branch.items()
        if not isinstance(name, Comment)
    ]
    return "\n".join(part for part in parts if part != "\n").encode("utf-8", "surrogateescape")


def _section(name: str, section: object) -> Iterator[str]:
    if not isinstance(section, dict):
        raise SopsProblem(f"{name}: only sections have a place in an INI file")
    entries = list(section.items())
    if entries and isinstance(entries[0][0], Comment):
        yield from _remark(entries.pop(0)[0])
    if name != "DEFAULT":
        yield f"[{name}]"
    width = max((len(_name(key)) for key, _ in entries if isinstance(key, str)), default=0)
    for number, (key, value) in enumerate(entries):
        if isinstance(key, Comment):
            continue
        if number + 1 < len(entries):
            yield from _remark(entries[number + 1][0])
        yield f"{_name(key):{width}} = {_value(key, value)}"


def _remark(entry: object) -> list[str]:
    """The lines of a comment; none where the entry is none."""
    if not isinstance(entry, Comment):
        return []
    lines = entry.text.split("\n")
    return [line if line.startswith(("#", ";")) else f"; {line.strip()}" for line in lines]


def _name(name: str) -> str:
    if '"' in name or "=" in name or ":" in name:
        return f"`{name}`"
    return f'"""{name}"""' if "`" in name else name


def _value(name: str, value: object) -> str:
    match value:
        case bool():
            text = "true" if value else "false"
        case float():
            text = f"{value:.6f}"
        case str() | int():
            text = str(value)
        case _:
            raise SopsProblem(f"{name}: only text has a place in an INI file")
    if "\n" in text or "`" in text:
        return f'"""{text}"""'
    if "#" in text or ";" in text:
        return f"`{text}`"
    return f'"{text}"' if text.strip() != text else text
