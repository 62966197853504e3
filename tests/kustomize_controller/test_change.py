from __future__ import annotations

import pytest

from shared.api.kustomization import KustomizationStatus
from shared.manifest.identity import Ref
from shared.operation.change import ChangeLog, told
from shared.operation.health_report import HealthReport
from shared.operation.problem import OperationProblem, listed, require_none
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from tests.fake.clock import NOON
from tests.fake.world import FakeWorld

WEB = Ref("apps", "Deployment", "apps", "web")


def test_only_what_has_changed_is_told() -> None:
    changes = ChangeLog()
    for action in ("created", "configured", "unchanged", "skipped", "deleted"):
        changes.add(WEB, action)

    assert str(changes).splitlines() == [
        f"Deployment/apps/web {action}" for action in ("created", "configured", "deleted")
    ]
    assert len(changes.applied()) == 3


def test_what_was_kept_is_worth_telling_where_it_should_have_gone() -> None:
    changes = ChangeLog(skips_are_news=True)
    changes.add(Ref("", "Namespace", "", "apps"), "skipped")

    assert str(changes) == "Namespace/apps skipped"


async def test_what_was_done_before_a_failure_is_told() -> None:
    attempt = Attempt(KustomizationStatus(), FakeWorld())
    changes = ChangeLog()

    async def half_way() -> None:
        async with told(attempt, changes):
            changes.add(WEB, "created")
            changes.remarks.append("mind the gap")
            raise Problem("no")

    with pytest.raises(Problem):
        await half_way()

    assert [note.message for note in attempt.notes] == [
        "Deployment/apps/web created",
        "mind the gap",
    ]


async def test_nothing_is_told_of_nothing() -> None:
    attempt = Attempt(KustomizationStatus(), FakeWorld())

    async with told(attempt, changes := ChangeLog()):
        changes.add(WEB, "unchanged")

    assert attempt.notes == []


def test_of_very_many_faults_the_first_are_told_and_how_many_there_are() -> None:
    faults = [f"fault {number}" for number in range(1000)]

    assert listed(faults, ", ").endswith("fault 19, and 980 more")
    with pytest.raises(OperationProblem, match="fault 0\nfault 1"):
        require_none(faults)


def test_a_report_without_faults_raises_nothing() -> None:
    report = HealthReport((), NOON - NOON)

    report.require()
    assert (report.mark.status, report.mark.reason) == ("True", "Succeeded")
