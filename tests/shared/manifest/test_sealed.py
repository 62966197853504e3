"""Objects that wait for their turn."""

from __future__ import annotations

import pytest

from shared.manifest.identity import Manifest, ManifestError, Ref
from shared.manifest.sealed import Bundle, Sealed


def config_map(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "ü"}}


def test_a_sealed_object_is_what_it_was():
    sealed = Sealed.of(config_map("one"))

    assert sealed.value() == config_map("one")
    assert sealed.ref == Ref("", "ConfigMap", "", "one", "v1")


def test_what_is_no_object_cannot_be_sealed():
    with pytest.raises(ManifestError):
        Sealed.of({"kind": "ConfigMap"})


def test_equal_objects_are_kept_once_whatever_the_order_of_their_keys():
    one, other = config_map("one"), dict(reversed(config_map("one").items()))

    assert Sealed.of(one).text is Sealed.of(other).text


def test_a_bundle_has_its_objects_in_their_order_as_often_as_it_is_asked():
    bundle = Bundle.of(map(config_map, ("one", "other")))

    assert [*bundle] == [*bundle] == [config_map("one"), config_map("other")]
    assert len(bundle) == 2
    assert bundle[1] == config_map("other")


def test_what_is_done_to_an_object_of_a_bundle_is_not_done_to_the_bundle():
    bundle = Bundle.of([config_map("one")])

    bundle[0]["kind"] = "Secret"

    assert bundle[0] == config_map("one")


def test_a_bundle_equals_whatever_has_equal_objects_in_the_same_order():
    bundle = Bundle.of(map(config_map, ("one", "other")))

    assert bundle == (config_map("one"), config_map("other"))
    assert bundle != (config_map("other"), config_map("one"))
    assert config_map("one") in bundle
    assert config_map("third") not in bundle
