"""What is seen of a process from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.process import RunError, run


def python(text: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", text]


@pytest.mark.slow
def test_a_run_costs_time_and_memory_and_says_something(tmp_path: Path) -> None:
    text = "import sys, os; x = bytes(300_000_000); print(os.getcwd()); sys.stderr.write('aside')"

    cost = run(python(text), tmp_path)

    assert cost.output.decode().strip() == str(tmp_path)
    assert cost.remarks == b"aside"
    assert 0 < cost.cpu < 60
    assert cost.seconds > 0
    assert cost.peak > 5_000_000


def test_a_program_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such thing"):
        run(python("import sys; sys.exit('no such thing')"), tmp_path)
