"""The grammar of `${name}` and its operators, as Flux reads it. Pure.

Text in, a template out: pieces of text and references to variables. Every corner is that of Flux's
own reader, those too that differ from bash: `${a-b}` is an error, `${a/b/c}` may hold anything but
a slash in its first part, a closing brace included (reference flux.md 1.15).
"""

from __future__ import annotations

from dataclasses import dataclass

from kustomize_controller.problem import KustomizationProblem

DEEPEST = 100
"""How deep references may stand in references."""

_TRANSFORMING = {",": ",^", "^": ",^", "#": "#", "%": "%"}
_UNREADABLE_PARAMETER = "unable to parse substitution within function"


@dataclass(frozen=True, slots=True)
class Reference:
    """`${name}` or `${name<operator>…}`; the operator is empty for the former."""

    name: str
    operator: str = ""
    arguments: tuple[str | Reference, ...] = ()


Template = tuple[str | Reference, ...]


def parsed(text: str) -> Template:
    """A text as a template; `$${` stands for `${`, `$$` for `$`.

    Raises KustomizationProblem with Flux's words for what is wrong.
    """
    reader = _Reader(text)
    parts: list[str | Reference] = []
    while (found := text.find("$", reader.at)) >= 0:
        reference = text.startswith("{", found + 1)
        parts.append(text[reader.at : found if reference else found + 1])
        # An escaped dollar sign takes part in nothing: the brace behind it is text.
        reader.at = found + (2 if text.startswith(("{", "$"), found + 1) else 1)
        if reference:
            parts.append(reader.reference())
    return (*parts, text[reader.at :])


class _Reader:
    """Where in the text we are, and what comes next."""

    __slots__ = ("_depth", "_text", "at")

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self.at = 0

    def reference(self) -> Reference:
        """What stands behind `${`, up to and with its brace."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise KustomizationProblem(f"references are nested more than {DEEPEST} levels deep")
        found = self._length() if self._next("#") else self._named(self._name())
        self._depth -= 1
        return found

    def _named(self, name: str) -> Reference:
        if not name:
            raise KustomizationProblem("unable to parse variable name")
        match self._text[self.at : self.at + 1]:
            case ":":
                return self._default_or_part(name)
            case "=":
                return self._default(name, 1)
            case "," | "^" | "#" | "%" as sign:
                return self._transforming(name, _TRANSFORMING[sign])
            case "/":
                return self._replacing(name)
        if not self._took("}"):
            raise KustomizationProblem("missing closing brace")
        return Reference(name)

    def _length(self) -> Reference:
        self.at += 1
        name = self._name()
        if not name:
            raise KustomizationProblem("bad substitution")
        return self._closed(Reference(name, "#"))

    def _default_or_part(self, name: str) -> Reference:
        behind = self._text[self.at + 1 : self.at + 2]
        if behind and behind in "=-?+":
            return self._default(name, 2)
        if not behind or behind > "\x7f":
            # Flux loses its place in front of a character of several bytes.
            raise KustomizationProblem("bad substitution")
        self.at += 1
        position = self._parameter(":}")
        if self._took("}"):
            return Reference(name, ":", (position,))
        if not self._took(":"):
            raise KustomizationProblem("bad substitution")
        self._skip(":")
        return self._closed(Reference(name, ":", (position, self._parameter("}"))))

    def _default(self, name: str, length: int) -> Reference:
        operator = self._text[self.at : self.at + length]
        self.at += length
        arguments: list[str | Reference] = []
        while not self._next("}"):
            arguments.append(self._parameter("}"))
        return self._closed(Reference(name, operator, tuple(arguments)))

    def _transforming(self, name: str, signs: str) -> Reference:
        """`,` `,,` `^` `^^` without an argument, `#` `##` `%` `%%` with a pattern."""
        begin = self.at
        while self.at < begin + 2 and self._text.startswith(tuple(signs), self.at):
            self.at += 1
        operator = self._text[begin : self.at]
        arguments = () if "," in signs else (self._parameter("}"),)
        return self._closed(Reference(name, operator, arguments))

    def _replacing(self, name: str) -> Reference:
        length = 2 if self._text[self.at + 1 : self.at + 2] in ("/", "#", "%") else 1
        operator = self._text[self.at : self.at + length]
        self.at += length
        old = self._parameter("/", escapes=True)
        if not self._took("/"):
            raise KustomizationProblem("bad substitution")
        self._skip("/")
        if self._next("}"):
            return self._closed(Reference(name, operator, (old,)))
        new = self._parameter("}", escapes=True)
        return self._closed(Reference(name, operator, (old, new)))

    def _parameter(self, stops: str, *, escapes: bool = False) -> str | Reference:
        """A reference, or text up to one or to a stop; at least one character."""
        if self._text.startswith("${", self.at):
            self.at += 2
            return self.reference()
        begin, parts = self.at, []
        while self.at < len(self._text) and not self._text.startswith("${", self.at):
            if escapes and self._text.startswith(("$$", "\\/", "\\\\"), self.at):
                self.at += 1
            elif self._text[self.at] in stops:
                break
            parts.append(self._text[self.at])
            self.at += 1
        if self.at == begin:
            raise KustomizationProblem(_UNREADABLE_PARAMETER)
        return "".join(parts)

    def _name(self) -> str:
        begin = self.at
        while self.at < len(self._text) and _in_name(self._text[self.at]):
            self.at += 1
        return self._text[begin : self.at]

    def _closed(self, reference: Reference) -> Reference:
        if not self._took("}"):
            raise KustomizationProblem("bad substitution")
        return reference

    def _next(self, sign: str) -> bool:
        return self._text.startswith(sign, self.at)

    def _took(self, sign: str) -> bool:
        found = self._next(sign)
        self.at += found
        return found

    def _skip(self, sign: str) -> None:
        while self._took(sign):
            pass


def _in_name(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()
