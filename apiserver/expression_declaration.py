"""Types as the engine's checker takes them: objects of known fields are message types, described
in protobuf's own terms. No value is ever made of them (docs/decisions/0007-cel.md)."""

from __future__ import annotations

from cel_expr_python import cel
from google.protobuf import duration_pb2, struct_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool

from apiserver.expression_type import Sort

_PACKAGE = "schema"
_ANYTHING = ".google.protobuf.Value"
_SCALARS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "int": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
}
_WELL_KNOWN = {
    "dyn": _ANYTHING,
    "duration": ".google.protobuf.Duration",
    "list": ".google.protobuf.ListValue",
    "map": ".google.protobuf.Struct",
    "timestamp": ".google.protobuf.Timestamp",
}
_TYPES = {
    "bool": cel.Type.BOOL,
    "bytes": cel.Type.BYTES,
    "double": cel.Type.DOUBLE,
    "duration": cel.Type.DURATION,
    "dyn": cel.Type.DYN,
    "int": cel.Type.INT,
    "string": cel.Type.STRING,
    "timestamp": cel.Type.TIMESTAMP,
}


class Declarations:
    """The message types of one schema."""

    def __init__(self) -> None:
        self._file = FileDescriptorProto(name="schema.proto", package=_PACKAGE, syntax="proto2")
        self._known = (struct_pb2, timestamp_pb2, duration_pb2)
        self._file.dependency.extend(each.DESCRIPTOR.name for each in self._known)
        self._names: dict[Sort, str] = {}

    def type_of(self, sort: Sort) -> cel.Type:
        """The engine's name for a type; objects are declared on the way."""
        if sort.word == "list" and sort.of:
            return cel.Type.List(self.type_of(sort.of))
        if sort.word == "map" and sort.of:
            return cel.Type.Map(cel.Type.STRING, self.type_of(sort.of))
        if sort.word == "object":
            return cel.Type(f"{_PACKAGE}.{self._message(sort)}")
        return _TYPES[sort.word]

    def pool(self) -> DescriptorPool:
        """All types that were asked for, and what they refer to."""
        found = DescriptorPool()
        for each in self._known:
            found.AddSerializedFile(each.DESCRIPTOR.serialized_pb)
        found.AddSerializedFile(self._file.SerializeToString())
        return found

    def _message(self, sort: Sort) -> str:
        if sort not in self._names:
            self._names[sort] = name = f"Type{len(self._names)}"
            message = DescriptorProto(name=name)
            for number, (field, _, below) in enumerate(sort.fields, 1):
                self._declare(message, FieldDescriptorProto(name=field, number=number), below)
            self._file.message_type.append(message)
        return self._names[sort]

    def _declare(self, message: DescriptorProto, field: FieldDescriptorProto, sort: Sort) -> None:
        field.label = FieldDescriptorProto.LABEL_OPTIONAL
        field.json_name = field.name
        if sort.word == "list" and sort.of:
            field.label = FieldDescriptorProto.LABEL_REPEATED
            self._fill(field, sort.of)
        elif sort.word == "map" and sort.of:
            self._declare_map(message, field, sort.of)
        else:
            self._fill(field, sort)
        message.field.append(field)

    def _declare_map(
        self, message: DescriptorProto, field: FieldDescriptorProto, value: Sort
    ) -> None:
        """A map is a list of entries, whose type has a name that follows from the field's. Where
        that is taken the values of the map are of any type."""
        words = field.name.split("_")
        name = "".join(word[:1].upper() + word[1:] for word in words) + "Entry"
        if any(each.name == name for each in message.nested_type):
            self._fill(field, Sort("map"))
            return
        entry = message.nested_type.add(name=name)
        entry.options.map_entry = True
        for number, (part, sort) in enumerate((("key", Sort("string")), ("value", value)), 1):
            below = entry.field.add(name=part, number=number)
            below.label = FieldDescriptorProto.LABEL_OPTIONAL
            self._fill(below, sort)
        owner = f".{_PACKAGE}.{message.name}"
        field.label = FieldDescriptorProto.LABEL_REPEATED
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f"{owner}.{name}"

    def _fill(self, field: FieldDescriptorProto, sort: Sort) -> None:
        """What is in a list or a map, or is neither. There are no lists of lists in protobuf: what
        is in an inner one is of any type."""
        if sort.word in _SCALARS:
            field.type = _SCALARS[sort.word]
            return
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        if sort.word == "object":
            field.type_name = f".{_PACKAGE}.{self._message(sort)}"
        else:
            field.type_name = _WELL_KNOWN[sort.word]
