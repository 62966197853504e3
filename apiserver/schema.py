"""The type of a value: what fields it has, how they merge, and which are one leaf.

A `Node` is one type. Nodes come from the openAPIV3Schema of a CustomResourceDefinition
(definition.py), from the packaged table of built-in kinds (builtin/table.py), or from nothing
(`ANYTHING`), where the value itself tells. A `Schema` is the type of a kind, with what belongs to
the kind and not to a value. Behaviour: kube-openapi's conversion to structured-merge-diff schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from apiserver.fieldset import NOTHING, FieldSet
from apiserver.typed_value import ABSENT, Shape, shape_of

Form: TypeAlias = Literal["map", "scalar", "list"]
ListType: TypeAlias = Literal["atomic", "set", "map"]

NO_FIELDS: Mapping[str, "Node"] = MappingProxyType({})
_FORMS: Mapping[str, tuple[Form, ...]] = {
    "": ("map", "scalar", "list"),
    "object": ("map",),
    "array": ("list",),
}
_ONLY_SCALAR: tuple[Form, ...] = ("scalar",)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One type.

    `type` is OpenAPI's word; empty allows any shape, and "scalar" any scalar. `fields` are the
    declared ones, `values` the type of every other key. Where that is None there may be no others,
    unless the type is `free`: then they hold anything. `items` is the type of a list's items,
    and `keys` are the fields that tell the items of a `map` list apart. `zero` is what a
    built-in's Go type holds where a client says nothing (ABSENT: nothing); `omitted` are the fields
    that it does not show while they are false, 0 or an empty text. `preserve` is the
    definition's word on pruning. `source` is the text of a custom resource's schema, with the
    keywords for validation.
    """

    type: str = ""
    format: str = ""
    fields: Mapping[str, "Node"] = field(default_factory=lambda: NO_FIELDS)
    values: "Node | None" = None
    items: "Node | None" = None
    atomic: bool = False
    list_type: ListType = "atomic"
    keys: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    default: object = ABSENT
    zero: object = ABSENT
    patch_strategy: tuple[str, ...] = ()
    merge_key: str = ""
    free: bool = False
    preserve: bool = False
    embedded: bool = False
    source: Mapping[str, object] = field(default_factory=dict)

    def at(self, name: str) -> "Node | None":
        """Return the type of the key `name`, or None where the type has no such key."""
        found = self.fields.get(name, self.values)
        return ANYTHING if found is None and self.free else found

    def forms(self) -> tuple[Form, ...]:
        """Return the shapes that a value may have, the first one being what null counts as."""
        return _FORMS.get(self.type, _ONLY_SCALAR)

    def form_of(self, value: object) -> Form:
        """Return how to treat `value`: null or a wrong shape is treated as the type's first."""
        shape: Shape = shape_of(value)
        forms = self.forms()
        for form in forms:
            if form == shape:
                return form
        return forms[0]

    def is_leaf(self, form: Form) -> bool:
        """Say whether a value of this form is owned as a whole."""
        if form == "map":
            return self.atomic
        return form == "scalar" or self.list_type == "atomic"


ANYTHING = Node(free=True)
"""What nothing is known of: maps merge key by key, a list is one leaf."""


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """The type of a kind.

    `resets` are the fields that a write never owns, by the subresource that it goes through ("":
    the object itself). `structs`: Go types hold it, so some fields are always there (go_struct.py).
    """

    root: Node
    resets: Mapping[str, FieldSet] = field(default_factory=dict)
    structs: bool = False

    def not_owned(self, subresource: str) -> FieldSet:
        """Return what a write through `subresource` cannot change: the server puts it back."""
        return self.resets.get(subresource, NOTHING)
