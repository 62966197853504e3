"""What an expression may cost, told before it is evaluated.

The engine ends an evaluation after 10,000 turns of its loops, but says nothing of how much one turn
may touch, nor of how large a text may grow. Both are bounded here, from the shape of the expression
and the measure of what it is evaluated over. The bounds are crude: they are made to stop what would
take seconds or hundreds of megabytes, and to let everything else pass. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TURNS = 10_000
"""Turns of loops in one evaluation: the engine's own limit."""

MOST_STEPS = 100_000_000
"""About a second: a step is an item looked at, or eight bytes of text."""

MOST_BYTES = 64 * 1024 * 1024
"""What texts and lists may grow to."""

MOST_DEPTH = 200
"""Of nesting in what is evaluated over; Kubernetes' own limit is far below."""

_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map|transform\w+|sortBy)\s*\(")
_REPLACE = re.compile(r"""\.\s*replace\s*\((?:\s*'([^'\\]*)'\s*,\s*'([^'\\]*)'\s*\))?""")


@dataclass(slots=True)
class Measure:
    """How large objects are: all bytes of text, items of lists and maps; and the largest one of
    each. `depth`: of nesting."""

    size: int = 0
    longest_text: int = 0
    longest_list: int = 1
    depth: int = 0


def measure(values: Iterable[object]) -> Measure:
    """Measure JSON-like values. What is nested deeper than 200 is not looked into."""
    found = Measure()
    waiting: list[tuple[object, int]] = [(value, 0) for value in values]
    while waiting:
        value, depth = waiting.pop()
        found.depth = max(found.depth, depth)
        if isinstance(value, str):
            found.size += len(value)
            found.longest_text = max(found.longest_text, len(value))
        elif isinstance(value, dict | list):
            found.size += 8 * len(value)
            found.longest_list = max(found.longest_list, len(value))
            if depth < MOST_DEPTH:
                below = [*value, *value.values()] if isinstance(value, dict) else value
                waiting.extend((each, depth + 1) for each in below)
    return found


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes an expression costly. `length`: characters; `loops`: macros that loop; `growth`:
    what may put one value into another more than once, each such place; `added`: bytes that each
    `replace` by a literal may put in; `open_replaces`: those by something else."""

    length: int
    loops: int
    growth: int
    added: tuple[int, ...]
    open_replaces: int


def shape_of(text: str) -> Shape:
    """The shape of an expression, told from its text alone: literals count as if they were code."""
    replaces = _REPLACE.findall(text)
    literal = tuple(len(new) + 1 for old, new in replaces if old or new)
    growth = sum(map(text.count, "+,%")) + text.count("quote") + text.count("encode")
    open_replaces = len(replaces) - len(literal)
    return Shape(len(text), len(_LOOP.findall(text)), growth, literal, open_replaces)


def excess(shape: Shape, size: Measure) -> str:
    """Why an evaluation would cost too much; empty where it would not."""
    if size.depth >= MOST_DEPTH:
        return f"the objects are nested deeper than {MOST_DEPTH} levels"
    if _steps(shape, size) > MOST_STEPS:
        return (
            f"it loops {shape.loops} deep over objects with lists of up to {size.longest_list} "
            f"items and texts of up to {size.longest_text} bytes: that would take too long"
        )
    if _bytes(shape, size) > MOST_BYTES:
        return f"over objects of {size.size} bytes its result may grow without a useful limit"
    return ""


def _steps(shape: Shape, size: Measure) -> int:
    turns = min(MOST_TURNS, int(float(size.longest_list) ** min(shape.loops, 20)))
    touched = max(size.longest_list, size.longest_text // 8, 1)
    return turns * touched * (1 + shape.length // 64)


def _bytes(shape: Shape, size: Measure) -> float:
    # A loop gives a value a name, and what has a name can be put together with itself. What is
    # named once at most doubles with each place that joins; without names it only adds up.
    loops = min(shape.loops, 20)
    doubled = (shape.growth / loops + 1) ** loops if loops else shape.growth + 1
    grown = float(size.size + shape.length) * min(doubled, 1e9)
    for added in shape.added[:20]:
        grown = min(grown * added, 1e18)
    for _ in range(min(shape.open_replaces, 6)):
        grown = min(grown * grown, 1e18)
    return grown
