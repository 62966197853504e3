"""Sets of fields brought into line with a type."""

from __future__ import annotations

from apiserver.fieldset import decode
from apiserver.typed_ownership import reconciled, with_named_fields
from tests.fake.gadget import schema_of

NODE = schema_of("gadget").root.fields["spec"]


def test_declared_fields_on_the_way_to_an_owned_one_count_as_owned() -> None:
    fields = decode(
        {"f:shape": {"f:edge": {"f:width": {}}}, "f:parts": {'k:{"name":"a"}': {"f:image": {}}}}
    )

    assert with_named_fields(fields, NODE) == decode(
        {
            "f:shape": {".": {}, "f:edge": {".": {}, "f:width": {}}},
            "f:parts": {".": {}, 'k:{"name":"a"}': {"f:image": {}}},
        }
    )


def test_keys_of_a_free_map_do_not_count_by_themselves() -> None:
    fields = decode({"f:rooms": {"f:hall": {"f:area": {}}}})

    assert with_named_fields(fields, NODE) == decode(
        {"f:rooms": {".": {}, "f:hall": {"f:area": {}}}}
    )


def test_who_owned_the_inside_of_a_leaf_owns_the_leaf() -> None:
    fields = decode(
        {
            "f:limits": {"f:cpu": {}},
            "f:arguments": {"i:0": {}},
            "f:window": {".": {}, "f:from": {}},
            "f:size": {},
        }
    )

    assert reconciled(fields, NODE) == decode(
        {"f:arguments": {}, "f:limits": {}, "f:size": {}, "f:window": {}}
    )


def test_what_the_type_does_not_tell_stays_as_it_is() -> None:
    fields = decode(
        {
            "f:gone": {"f:x": {}},
            "f:values": {"f:a": {"f:b": {}}},
            "f:parts": {'k:{"name":"a"}': {".": {}, "f:variables": {'k:{"name":"V"}': {}}}},
        }
    )

    assert reconciled(fields, NODE) == fields
