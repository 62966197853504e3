import argparse
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.runtime.settings import Settings, fill, flag, parse


@dataclass(frozen=True, slots=True)
class Own:
    concurrent: int = flag(4, "Workers.")
    health_addr: str = flag(":1", "A default of its own.")
    override_manager: tuple[str, ...] = flag((), "Field managers.")


def chosen(*arguments):
    return parse(arguments, [Settings, Own], usage=argparse.ArgumentParser(prog="test"))


def test_the_defaults_are_those_of_flux():
    flags = fill(Settings, chosen())

    assert flags.metrics_addr == ":8080"
    assert flags.min_retry_delay == timedelta(milliseconds=750)
    assert flags.watch_all_namespaces


@pytest.mark.parametrize(
    ("word", "expect"),
    [("--enable-leader-election", True), ("--enable-leader-election=true", True),
     ("--enable-leader-election=false", False)],
)  # fmt: skip
def test_booleans_are_written_as_in_go(word, expect):
    assert fill(Settings, chosen(word)).enable_leader_election is expect


def test_values_may_stand_in_the_same_word_or_in_the_next():
    assert fill(Own, chosen("--concurrent=7")).concurrent == 7
    assert fill(Own, chosen("--concurrent", "7")).concurrent == 7


def test_durations_are_written_as_in_go():
    assert fill(Settings, chosen("--max-retry-delay=1h30m")).max_retry_delay == timedelta(hours=1.5)


def test_a_flag_of_many_values_is_repeated():
    given = chosen("--override-manager=a", "--override-manager=b")

    assert fill(Own, given).override_manager == ("a", "b")


def test_a_shared_flag_keeps_the_default_of_each_group_and_is_set_for_all():
    assert fill(Settings, chosen()).health_addr == ":9440"
    assert fill(Own, chosen()).health_addr == ":1"
    assert {fill(group, chosen("--health-addr=:2")).health_addr for group in (Settings, Own)} == {
        ":2"
    }


@pytest.mark.parametrize(
    ("word", "message"),
    [("--nonsense=1", "nonsense"), ("--max-retry-delay=soon", "no duration"),
     ("--watch-all-namespaces=maybe", "neither true nor false"), ("--concurrent=x", "concurrent")],
)  # fmt: skip
def test_what_is_wrong_ends_the_process_with_the_reason(word, message, capsys):
    with pytest.raises(SystemExit) as ending:
        chosen(word)

    assert ending.value.code == 2
    assert message in capsys.readouterr().err
