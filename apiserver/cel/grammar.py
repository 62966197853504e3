"""From the text of an expression to a function of a scope."""

from __future__ import annotations

import ast
from functools import lru_cache

from apiserver.cel import node
from apiserver.cel.function import FUNCTIONS
from apiserver.cel.scope import Expression
from apiserver.cel.token import CelSyntaxError, Token, tokens

MAX_DEPTH = 50
_MACROS = ("all", "exists", "exists_one", "filter", "map")
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}
_LEVELS = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The meaning of an expression. Raises CelSyntaxError for what is not supported."""
    parser = _Parser(list(tokens(text)))
    meaning = parser.expression()
    parser.take("end")
    return meaning


class _Parser:
    """Takes words from the left; each method reads one sort of part."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0

    def expression(self) -> Expression:
        """A whole expression, with `?:`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CelSyntaxError("an expression that is nested too deeply")
        condition = self._binary(0)
        if self._accept("?"):
            chosen = self.expression()
            self._need(":")
            condition = node.choice(condition, chosen, self.expression())
        self._depth -= 1
        return condition

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (sign := self._next().text) in _LEVELS[level] and self._next().sort != "string":
            self._at += 1
            left = node.binary(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        if self._accept("!"):
            return node.negation(self._unary())
        if self._accept("-"):
            return node.binary("-", node.constant(0), self._unary())
        return self._member()

    def _member(self) -> Expression:
        value = self._primary()
        while True:
            if self._accept("."):
                value = self._selected(value)
            elif self._accept("["):
                value = node.indexed(value, self.expression())
                self._need("]")
            else:
                return value

    def _selected(self, value: Expression) -> Expression:
        name = self.take("name")
        if not self._accept("("):
            return node.field(value, name)
        if name in _MACROS:
            return self._macro(name, value)
        return self._called(name, [value, *self._arguments(")")])

    def _macro(self, name: str, value: Expression) -> Expression:
        variable = self.take("name")
        self._need(",")
        parts = self._arguments(")")
        if len(parts) != 1:
            raise CelSyntaxError(f"{name} with {len(parts)} expressions")
        return node.macro(name, value, variable, parts[0])

    def _called(self, name: str, arguments: list[Expression]) -> Expression:
        if name not in FUNCTIONS:
            raise CelSyntaxError(f"the function {name} is not supported")
        return node.call(FUNCTIONS[name], arguments)

    def _primary(self) -> Expression:
        if self._accept("("):
            inner = self.expression()
            self._need(")")
            return inner
        if self._accept("["):
            return node.listed(self._arguments("]"))
        word = self._next()
        self._at += 1
        if word.sort == "name":
            return self._named(word.text)
        return node.constant(_literal(word))

    def _named(self, name: str) -> Expression:
        if name in _CONSTANTS:
            return node.constant(_CONSTANTS[name])
        if not self._accept("("):
            return node.variable(name)
        if name == "has":
            return self._has()
        return self._called(name, self._arguments(")"))

    def _has(self) -> Expression:
        """`has(a.b)`: the last field is looked for, not read."""
        start = self._at
        inner = self._member()
        words = self._words[start : self._at]
        self._need(")")
        if len(words) < 3 or words[-1].sort != "name" or words[-2].text != ".":
            raise CelSyntaxError("has() needs a field")
        return node.presence(inner)

    def _arguments(self, end: str) -> list[Expression]:
        found: list[Expression] = []
        while not self._accept(end):
            if found:
                self._need(",")
            found.append(self.expression())
        return found

    def _next(self) -> Token:
        return self._words[self._at]

    def _accept(self, sign: str) -> bool:
        fits = self._next() == Token("sign", sign)
        self._at += fits
        return fits

    def _need(self, sign: str) -> None:
        if not self._accept(sign):
            raise CelSyntaxError(f"{sign!r} is needed before {self._next().text!r}")

    def take(self, sort: str) -> str:
        """The text of the next word, which must be of this sort. Raises CelSyntaxError."""
        word = self._next()
        if word.sort != sort:
            raise CelSyntaxError(f"unexpected {word.text!r}")
        self._at += sort != "end"
        return word.text


def _literal(word: Token) -> object:
    match word.sort:
        case "int":
            return int(word.text, 0)
        case "double":
            return float(word.text)
        case "raw":
            return word.text[2:-1]
        case "string":
            return _unescaped(word.text)
        case _:
            raise CelSyntaxError(f"unexpected {word.text!r}")


def _unescaped(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError) as error:
        raise CelSyntaxError(f"a text that cannot be read: {text}") from error
