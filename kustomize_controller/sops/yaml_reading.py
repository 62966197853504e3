"""YAML files as SOPS reads them: keys in their order, comments as entries between them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import yaml

from kustomize_controller.sops.value import Branch, Branches, Comment, SopsProblem, Timestamp
from shared.manifest.composition import documents
from shared.manifest.document_error import DocumentError
from shared.manifest.reading_rule import MANIFEST
from shared.manifest.resolution import resolved

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_BEHIND = re.compile(r":?\s+#(.*)$")
_NEVER = 1 << 40


def loaded(text: bytes) -> Branches:
    """The documents of a file. Raises SopsProblem for what is no YAML, or no mapping."""
    try:
        # Read strictly first: it has bounds on everything that could blow up below.
        documents(text, path="", rules=MANIFEST)
        source = text.decode()
        nodes = list(yaml.compose_all(source, yaml.CSafeLoader))
    except DocumentError as error:
        raise SopsProblem(f"is no YAML, at line {error.line}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise SopsProblem("is no YAML") from None
    remarks = _Remarks(source, nodes)
    ends = [*(node.start_mark.line for node in nodes[1:]), _NEVER]
    return [_document(node, remarks, end) for node, end in zip(nodes, ends, strict=False)]


def _document(node: yaml.Node, remarks: _Remarks, until: int) -> Branch:
    if isinstance(node, yaml.MappingNode):
        return _branch(node, remarks, until)
    if isinstance(node, yaml.ScalarNode) and _scalar(node) is None:
        return {}
    raise SopsProblem("holds a document that is no mapping")


def _value(node: yaml.Node, remarks: _Remarks, until: int) -> object:
    if isinstance(node, yaml.MappingNode):
        return _branch(node, remarks, until)
    if isinstance(node, yaml.SequenceNode):
        return _list(node, remarks, until)
    return _scalar(node)


def _branch(node: yaml.MappingNode, remarks: _Remarks, until: int) -> Branch:
    branch: Branch = {}
    starts = [key.start_mark.line for key, _ in node.value]
    for (key, value), end in zip(node.value, [*starts[1:], until], strict=False):
        branch.update(dict.fromkeys(remarks.before(key.start_mark.line)))
        branch[key.value] = _value(value, remarks, end)
    branch.update(dict.fromkeys(remarks.at_end(node, until)))
    return branch


def _list(node: yaml.SequenceNode, remarks: _Remarks, until: int) -> list[object]:
    items: list[object] = []
    starts = [item.start_mark.line for item in node.value]
    for item, end in zip(node.value, [*starts[1:], until], strict=False):
        inner = isinstance(item, yaml.CollectionNode)
        items += remarks.before(item.start_mark.line - inner)
        items.append(_value(item, remarks, end))
    items += remarks.at_end(node, until)
    return items


def _scalar(node: yaml.Node) -> object:
    """The value of a scalar by the rules of Go's yaml.v3, which takes some texts for moments."""
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return text
    found = resolved(text)
    is_moment = isinstance(found, str) and _MOMENT.fullmatch(found)
    return Timestamp(found) if is_moment else found


class _Remarks:
    """The comments of a file, each handed out once: to whatever comes right after it."""

    def __init__(self, source: str, nodes: Iterable[yaml.Node]) -> None:
        lines = source.splitlines()
        inside: set[int] = set()
        ends: dict[int, int] = {}
        for node in _all(nodes):
            _note(node, inside, ends)
        found = [_comment(line, at, inside, ends) for at, line in enumerate(lines)]
        self._found = [(at, *one) for at, one in enumerate(found) if one is not None]
        self._at = 0

    def before(self, line: int) -> list[Comment]:
        """Those up to a line, and behind what stands on it."""
        end = bisect_left(self._found, (line + 1,))
        taken = self._found[self._at : end]
        self._at = max(self._at, end)
        return [Comment(text) for _, _, text in taken]

    def at_end(self, node: yaml.Node, until: int) -> list[Comment]:
        """Those that follow the last entry of a collection and are no further out than it."""
        column = node.start_mark.column
        taken: list[Comment] = []
        while self._at < len(self._found):
            line, place, text = self._found[self._at]
            if line >= until or place < column:
                break
            taken.append(Comment(text))
            self._at += 1
        return taken


def _comment(line: str, at: int, inside: set[int], ends: dict[int, int]) -> tuple[int, str] | None:
    """The column and the text of the comment on a line, if there is one."""
    if at in inside:
        return None
    stripped = line.lstrip()
    if stripped.startswith("#"):
        return len(line) - len(stripped), stripped[1:]
    behind = _BEHIND.match(line[ends[at] :]) if at in ends else None
    return (ends[at], behind[1]) if behind else None


def _note(node: yaml.Node, inside: set[int], ends: dict[int, int]) -> None:
    """Which lines are within a text of several lines, and where on a line the last thing ends."""
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode):
        last = end.line + 1 if end.column and node.style not in ("|", ">") else end.line
        inside.update(range(start.line + 1, last))
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        ends[end.line] = max(ends.get(end.line, 0), end.column)


def _all(nodes: Iterable[yaml.Node]) -> Iterator[yaml.Node]:
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
