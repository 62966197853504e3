from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api import duration

CASES = json.loads((Path(__file__).parents[2] / "data/api/durations.json").read_text())


@pytest.mark.parametrize("case", CASES["read"], ids=lambda case: case["text"])
def test_durations_are_read_as_go_reads_them(case: dict[str, str | int]) -> None:
    length = duration.parse(str(case["text"]))

    assert length == timedelta(microseconds=int(case["microseconds"]))


@pytest.mark.parametrize("case", CASES["read"], ids=lambda case: case["text"])
def test_durations_are_written_as_go_writes_them(case: dict[str, str | int]) -> None:
    assert duration.format(timedelta(microseconds=int(case["microseconds"]))) == case["written"]


@pytest.mark.parametrize("text", CASES["refused"])
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration.parse(text)


@given(st.timedeltas(min_value=timedelta(days=-9000), max_value=timedelta(days=9000)))
def test_what_was_written_is_read_back_as_it_was(length: timedelta) -> None:
    assert duration.parse(duration.format(length)) == length
