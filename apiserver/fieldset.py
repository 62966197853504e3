"""A set of field paths: what a field manager owns, as managedFields stores it.

A path is a tuple of elements (see path_element.py). A set is a tree: `members` are the paths that
end here, `children` lead on. A path may be a member and lead on at once; fieldsV1 then holds a
".". Sets are values: nothing changes one after it was built. Behaviour: structured-merge-diff v6,
fieldpath.Set.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self, TypeAlias

from apiserver.path_element import order_of, parse_element

Path: TypeAlias = tuple[str, ...]


class FieldSet:
    """An immutable set of field paths."""

    __slots__ = ("children", "members")

    members: frozenset[str]
    children: Mapping[str, Self]

    def __init__(
        self, members: Iterable[str] = (), children: Mapping[str, Self] | None = None
    ) -> None:
        """Take the elements that end here and the sets below; empty sets below are dropped."""
        self.members = members if isinstance(members, frozenset) else frozenset(members)
        self.children = {key: child for key, child in (children or {}).items() if child}

    def __bool__(self) -> bool:
        """Say whether there is any path."""
        return bool(self.members or self.children)

    def __len__(self) -> int:
        """Return the number of paths."""
        return len(self.members) + sum(len(child) for child in self.children.values())

    def __eq__(self, other: object) -> bool:
        """Compare by the paths."""
        if not isinstance(other, FieldSet):
            return NotImplemented
        return self.members == other.members and self.children == other.children

    def __hash__(self) -> int:
        """Agree with `__eq__`."""
        return hash((self.members, frozenset(self.children)))

    def __iter__(self) -> Iterator[Path]:
        """Go through the paths in the API server's order: of one node, members before children."""
        for element in sorted(self.members, key=order_of):
            yield (element,)
        for element in sorted(self.children, key=order_of):
            yield from ((element, *rest) for rest in self.children[element])

    def __contains__(self, path: Path) -> bool:
        """Say whether exactly this path is in the set."""
        if len(path) == 1:
            return path[0] in self.members
        child = self.children.get(path[0]) if path else None
        return child is not None and path[1:] in child

    def __repr__(self) -> str:
        """Read well in a failing test."""
        return f"FieldSet({encode(self)})"


NOTHING = FieldSet()


class Collection:
    """A set while it is being gathered."""

    __slots__ = ("children", "members")

    def __init__(self) -> None:
        """Start empty."""
        self.members: set[str] = set()
        self.children: dict[str, Collection] = {}

    def add(self, path: Path) -> None:
        """Put a path in. The empty path is the whole object; nobody owns that, so it is ignored."""
        node = self
        for element in path[:-1]:
            node = node.children.setdefault(element, Collection())
        if path:
            node.members.add(path[-1])

    def done(self) -> FieldSet:
        """Return what was gathered."""
        children = {key: child.done() for key, child in self.children.items()}
        return FieldSet(self.members, children)


def fieldset_of(*paths: Path) -> FieldSet:
    """Return the set of these paths."""
    gathered = Collection()
    for path in paths:
        gathered.add(path)
    return gathered.done()


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """Return the paths that are in either set."""
    if not other:
        return one
    children = dict(one.children)
    for element, child in other.children.items():
        children[element] = union(children[element], child) if element in children else child
    return FieldSet(one.members | other.members, children)


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """Return the paths that are in both sets."""
    shared = one.children.keys() & other.children.keys()
    children = {key: intersection(one.children[key], other.children[key]) for key in shared}
    return FieldSet(one.members & other.members, children)


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """Return the paths of `one` that are not in `other`; a parent does not take its children."""
    if not other:
        return one
    children = {
        key: difference(child, other.children[key]) if key in other.children else child
        for key, child in one.children.items()
    }
    return FieldSet(one.members - other.members, children)


def without(one: FieldSet, other: FieldSet) -> FieldSet:
    """Return the paths of `one` that are neither in `other` nor below a path of `other`."""
    if not other:
        return one
    children = {
        key: without(child, other.children[key]) if key in other.children else child
        for key, child in one.children.items()
        if key not in other.members
    }
    return FieldSet(one.members - other.members, children)


def below(fields: FieldSet, element: str) -> FieldSet:
    """Return the paths that begin with `element`, without that beginning."""
    return fields.children.get(element, NOTHING)


def leaves(fields: FieldSet) -> FieldSet:
    """Return the paths that have no path of the set below them."""
    children = {key: leaves(child) for key, child in fields.children.items()}
    return FieldSet(fields.members - fields.children.keys(), children)


def encode(fields: FieldSet) -> dict[str, object]:
    """Return the set as fieldsV1, elements in the order in which the API server writes them."""
    out: dict[str, object] = {}
    for element in sorted(fields.members | fields.children.keys(), key=order_of):
        child = fields.children.get(element)
        dot: dict[str, object] = {".": {}} if child and element in fields.members else {}
        out[element] = dot | encode(child) if child else {}
    return out


def decode(fields_v1: Mapping[str, object]) -> FieldSet:
    """Read fieldsV1. Raises ValueError where it is not of that form."""
    members: set[str] = set()
    children: dict[str, FieldSet] = {}
    for text, below_it in fields_v1.items():
        element = None if text == "." else parse_element(text)
        if element is None:
            continue
        if not isinstance(below_it, dict):
            raise ValueError(f"fieldsV1 has no map at {text!r}")  # noqa: TRY004 - one error for bad data
        child = decode(below_it)
        if not child or "." in below_it:
            members.add(element)
        children[element] = child
    return FieldSet(members, children)
