from __future__ import annotations

from collections.abc import Iterator

from shared.manifest.identity import Manifest, Ref
from shared.reconcile.key import Key
from shared.runtime.follower import Followers, Listener

RED, BLUE = Ref("", "ConfigMap", "apps", "red"), Ref("", "ConfigMap", "apps", "blue")
WEB, SHOP = Key("apps", "web"), Key("apps", "shop")


class Kind:
    """Plays the cache of a kind."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        self.listeners.append(listener)

    def change(self, old: Manifest | None, new: Manifest | None) -> None:
        for listener in self.listeners:
            listener(old, new)


def one(key: Key, *names: str) -> Manifest:
    meta = {"namespace": key.namespace, "name": key.name}
    return {"metadata": meta, "spec": {"names": names}}


def names(manifest: Manifest) -> Iterator[Ref]:
    spec = manifest["spec"]
    for name in spec["names"] if isinstance(spec, dict) else ():
        yield Ref("", "ConfigMap", "apps", name)


def test_who_names_an_object_follows_it_for_as_long_as_it_does() -> None:
    kind = Kind()
    followers = Followers(kind, names)

    kind.change(None, one(WEB, "red", "red"))
    kind.change(None, one(SHOP, "red", "blue"))
    assert (followers.of(RED), followers.of(BLUE)) == ((WEB, SHOP), (SHOP,))

    kind.change(one(SHOP, "red", "blue"), one(SHOP, "blue"))
    assert (followers.of(RED), followers.of(BLUE)) == ((WEB,), (SHOP,))

    kind.change(one(WEB, "red", "red"), None)
    assert (followers.of(RED), followers.of(BLUE)) == ((), (SHOP,))


def test_what_nobody_names_wakes_nobody() -> None:
    assert Followers(Kind(), names).of(RED) == ()
