from __future__ import annotations

from shared.manifest.identity import Manifest, Ref
from shared.operation.recollection import Recollection


def ref(name: str) -> Ref:
    return Ref("", "ConfigMap", "apps", name)


def test_what_was_applied_last_is_found() -> None:
    kept = Recollection()
    old: Manifest = {"data": "old"}
    new: Manifest = {"data": "new"}

    kept.keep(ref("web"), old, 10)
    kept.keep(ref("web"), new, 12)

    assert kept.find(ref("web")) is new
    assert kept.find(ref("other")) is None
    assert (len(kept), kept.bytes) == (1, 12)


def test_of_too_many_bytes_those_kept_the_longest_go() -> None:
    kept = Recollection(most=25)
    for name in ("a", "b", "a", "c"):
        kept.keep(ref(name), {"name": name}, 10)

    assert kept.find(ref("b")) is None
    assert (len(kept), kept.bytes) == (2, 20)


def test_one_that_is_bigger_than_all_room_is_not_kept() -> None:
    kept = Recollection(most=25)

    kept.keep(ref("a"), {}, 26)

    assert (len(kept), kept.bytes) == (0, 0)


def test_everything_can_be_dropped() -> None:
    kept = Recollection()
    kept.keep(ref("a"), {}, 10)

    kept.drop()

    assert (kept.find(ref("a")), kept.bytes) == (None, 0)
