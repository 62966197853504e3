"""Programs that run in one process are told the same feature gates."""

from __future__ import annotations

import pytest

import helm_controller.feature as helm
import kustomize_controller.feature as kustomize
import source_controller.feature as source
from shared.runtime.feature import NAMES as KNOWN

ROOMS = (helm, kustomize, source)
NAMES = sorted({name for room in ROOMS for name in room.DEFAULTS})


@pytest.mark.parametrize("name", NAMES)
def test_a_gate_of_one_program_ends_no_other(name: str) -> None:
    for room in ROOMS:
        room.features(f"{name}=true")


def test_the_gates_of_all_programs_are_known_and_no_others() -> None:
    assert set(NAMES) == KNOWN
