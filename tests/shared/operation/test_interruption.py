from __future__ import annotations

import pytest

from shared.operation.interruption import Interruptions
from shared.reconcile.key import Key

WEB = Key("apps", "web")


@pytest.mark.parametrize(
    ("what", "read", "told", "over"),
    [
        ("it has yet to be read", None, 7, False),
        ("what is told was read already", 7, 7, False),
        ("it is told late of what was before", 7, 6, False),
        ("it is another one by now", 7, 8, True),
    ],
)
def test_a_source_overtakes_who_has_read_an_earlier_one(
    what: str, read: int | None, told: int, over: bool
) -> None:
    interruptions = Interruptions()

    with interruptions.heeded(WEB) as event:
        if read is not None:
            interruptions.read(WEB, read)
        interruptions.overtake(WEB, told)

    assert event.is_set() is over, what


def test_what_one_attempt_read_does_not_count_for_the_next() -> None:
    interruptions = Interruptions()
    with interruptions.heeded(WEB):
        interruptions.read(WEB, 7)

    with interruptions.heeded(WEB) as event:
        interruptions.overtake(WEB, 8)

    assert not event.is_set()


def test_a_source_of_nobody_who_waits_overtakes_nobody() -> None:
    Interruptions().overtake(WEB, 8)
