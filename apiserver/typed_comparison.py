"""What differs between two values of one type, as three sets of fields.

Behaviour: structured-merge-diff v6, Compare. Two empty containers are one leaf, so null, [] and
absence differ. A map or list that comes or goes is itself in the set beside what is in it.
"""

from dataclasses import dataclass, field

from apiserver.fieldset import NOTHING, Collection, FieldSet, Path, union, without
from apiserver.path_element import field_element
from apiserver.schema import ANYTHING, Form, Node
from apiserver.typed_item import by_element
from apiserver.typed_value import ABSENT, equal


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the second value lacks, has otherwise, and has more than the first."""

    removed: FieldSet
    modified: FieldSet
    added: FieldSet

    def changed(self) -> FieldSet:
        """Return what the second value sets."""
        return union(self.modified, self.added)

    def leaving_out(self, fields: FieldSet) -> "Comparison":
        """Return the comparison without `fields` and all below them."""
        parts = (self.removed, self.modified, self.added)
        return Comparison(*(without(part, fields) for part in parts)) if fields else self


NO_CHANGE = Comparison(NOTHING, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class _Walk:
    removed: Collection = field(default_factory=Collection)
    modified: Collection = field(default_factory=Collection)
    added: Collection = field(default_factory=Collection)

    def visit(self, old: object, new: object, node: Node, path: Path) -> None:
        """Compare two values of which one at most is ABSENT."""
        form = node.form_of(old if new is ABSENT else new)
        before = node.form_of(old)
        if old is not ABSENT and new is not ABSENT and before != form:
            # Where anything goes, a map that became a scalar loses its keys and changes itself.
            self._visit_as(before, old, new, node, path)
        if self._visit_as(form, old, new, node, path):
            return
        if old is ABSENT:
            self.added.add(path)
        elif new is ABSENT:
            self.removed.add(path)

    def _visit_as(self, form: Form, old: object, new: object, node: Node, path: Path) -> bool:
        """Compare as that form; say whether the values were one leaf."""
        if node.is_leaf(form) or (_holds_nothing(old, form) and _holds_nothing(new, form)):
            self._leaf(old, new, path)
            return True
        if form == "map":
            self._maps(old, new, node, path)
        else:
            self._lists(old, new, node, path)
        return False

    def _leaf(self, old: object, new: object, path: Path) -> None:
        if old is ABSENT:
            self.added.add(path)
        elif new is ABSENT:
            self.removed.add(path)
        elif not equal(old, new):
            self.modified.add(path)

    def _maps(self, old: object, new: object, node: Node, path: Path) -> None:
        before = old if isinstance(old, dict) else {}
        after = new if isinstance(new, dict) else {}
        for key in before | after:
            type_ = node.at(key) or ANYTHING
            pair = before.get(key, ABSENT), after.get(key, ABSENT)
            self.visit(*pair, type_, (*path, field_element(key)))

    def _lists(self, old: object, new: object, node: Node, path: Path) -> None:
        before, after = by_element(node, old), by_element(node, new)
        for element in before | after:
            pair = before.get(element, []), after.get(element, [])
            self._items(*pair, node.items or ANYTHING, (*path, element))

    def _items(self, old: list[object], new: list[object], node: Node, path: Path) -> None:
        """Compare the items of one element: more than one are together one leaf."""
        if len(old) < 2 and len(new) < 2:
            self.visit(_only(old), _only(new), node, path)
        elif len(old) > 1 and len(new) > 1:
            self._leaf(old, new, path)
        elif len(old) > 1:
            if new:
                self.visit(ABSENT, new[0], node, path)
            self.removed.add(path)
        else:
            if old:
                self.visit(old[0], ABSENT, node, path)
            self.added.add(path)


def compare(old: object, new: object, node: Node) -> Comparison:
    """Return what differs between two values of the type `node`."""
    walk = _Walk()
    walk.visit(old, new, node, ())
    return Comparison(walk.removed.done(), walk.modified.done(), walk.added.done())


def _holds_nothing(value: object, form: Form) -> bool:
    wanted = dict if form == "map" else list
    return not (isinstance(value, wanted) and value)


def _only(items: list[object]) -> object:
    return items[0] if items else ABSENT
