from __future__ import annotations

from shared.manifest.identity import Ref
from shared.operation.recollection import Recollection


def ref(name: str) -> Ref:
    return Ref("", "ConfigMap", "apps", name)


def test_what_was_applied_last_is_found() -> None:
    kept = Recollection()
    kept.keep(ref("web"), b'{"data":"old"}')
    kept.keep(ref("web"), b'{"data":"newer"}')

    assert kept.find(ref("web")) == {"data": "newer"}
    assert kept.find(ref("other")) is None
    assert (len(kept), kept.bytes) == (1, 16)


def test_of_too_many_bytes_those_kept_the_longest_go() -> None:
    kept = Recollection(most=25)
    for name in ("a", "b", "a", "c"):
        kept.keep(ref(name), b'{"name":1}')

    assert kept.find(ref("b")) is None
    assert (len(kept), kept.bytes) == (2, 20)


def test_what_is_still_wanted_stays_longest() -> None:
    kept = Recollection(most=25)
    for name in ("a", "b"):
        kept.keep(ref(name), b'{"name":1}')

    assert kept.holds(ref("a"))
    assert not kept.holds(ref("c"))
    kept.keep(ref("c"), b'{"name":1}')

    assert [kept.find(ref(name)) for name in ("a", "b", "c")] == [{"name": 1}, None, {"name": 1}]


def test_one_that_is_bigger_than_all_room_is_not_kept() -> None:
    kept = Recollection(most=25)

    kept.keep(ref("a"), b'{"a":"01234567890123456789"}')

    assert (len(kept), kept.bytes) == (0, 0)


def test_everything_can_be_dropped() -> None:
    kept = Recollection()
    kept.keep(ref("a"), b"{}")

    kept.drop()

    assert (kept.find(ref("a")), kept.bytes) == (None, 0)
