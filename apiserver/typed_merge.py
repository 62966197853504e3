"""An applied configuration merged into a live value: nothing is removed, what is applied wins.

Behaviour: structured-merge-diff v6, Merge. In a list that merges, shared items come in the order
of the applied one, and items that only the live list has stay where they stood between them.
"""

from apiserver.schema import ANYTHING, Node
from apiserver.typed_item import by_element, element_of
from apiserver.typed_value import ABSENT


def merge(live: object, applied: object, node: Node) -> object:
    """Return `live` with `applied` in it; ABSENT on one side gives the other."""
    if applied is ABSENT:
        return live
    form = node.form_of(applied)
    if node.is_leaf(form) or (not applied and not _content(live, form)):
        return applied
    if form == "map":
        return _maps(live, applied, node)
    return _lists(live, applied, node)


def _content(value: object, form: str) -> bool:
    return isinstance(value, dict if form == "map" else list) and bool(value)


def _maps(live: object, applied: object, node: Node) -> object:
    old = live if isinstance(live, dict) else {}
    new = applied if isinstance(applied, dict) else {}
    return {
        key: merge(old.get(key, ABSENT), new.get(key, ABSENT), node.at(key) or ANYTHING)
        for key in old | new
    }


def _lists(live: object, applied: object, node: Node) -> object:
    old = live if isinstance(live, list) else []
    new = applied if isinstance(applied, list) else []
    return _Zip(node, old, new).merged()


class _Zip:
    """Two lists of one type on their way into one."""

    def __init__(self, node: Node, old: list[object], new: list[object]) -> None:
        self.items = node.items or ANYTHING
        self.old = [(element_of(node, item), item) for item in old]
        self.new = [(element_of(node, item), item) for item in new]
        self.applied = dict(self.new)
        # What the live list holds twice is not merged into: the applied item takes its place.
        self.live = {
            element: items[0] if len(items) == 1 else None
            for element, items in by_element(node, old).items()
        }
        self.shared = [element for element, _ in self.new if element in self.live]
        self.taken: set[str] = set()
        self.out: list[object] = []

    def merged(self) -> list[object]:
        """Go through both lists side by side."""
        left = right = 0
        while left < len(self.old) or right < len(self.new):
            moved_left, moved_right = self._step(left, right)
            left, right = left + moved_left, right + moved_right
        return self.out

    def _step(self, left: int, right: int) -> tuple[int, int]:
        """Take one item, or pass one over; return how far to move on in each list."""
        old = self.old[left] if left < len(self.old) else None
        new = self.new[right] if right < len(self.new) else None
        if old and new and old[0] == new[0]:
            self._take(new[0])
            return 1, 1
        if old and new and old[0] in self.applied and self.shared and self.shared[0] != old[0]:
            return 1, 0
        if old and old[0] not in self.applied:
            self.out.append(old[1])
            return 1, 0
        passed = 1 if old and old[0] in self.taken else 0
        if new:
            self._take(new[0])
        return passed, 1 if new else 0

    def _take(self, element: str) -> None:
        live = self.live.get(element, ABSENT)
        self.out.append(merge(live, self.applied[element], self.items))
        self.taken.add(element)
        if self.shared and self.shared[0] == element:
            self.shared.pop(0)
