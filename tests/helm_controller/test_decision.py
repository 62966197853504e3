"""The state machine: every state and every policy is a row."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from helm_controller.config_digest import config_digest
from helm_controller.decision import Observed, Wanted, Wish, decide, observe
from helm_controller.observation import snapshot_of
from helm_controller.problem import HelmError
from helm_controller.release_record import Record
from shared.api.helm_release import HelmRelease
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.api.parsing import parse

DATA = Path(__file__).parents[1] / "data/helm_controller"
VALUES = {"replicas": 2}


def rows(name: str) -> list[object]:
    found = yaml.safe_load((DATA / name).read_text())
    return [pytest.param(row, id=row["case"]) for row in found]


@pytest.mark.parametrize("row", rows("observation.yaml"))
def test_what_state_a_release_is_in(row):
    snapshots = [remembered(one, row.get("tests")) for one in row["history"]]
    hr = release(
        row.get("spec", {}),
        {
            "observedGeneration": 1,
            "failures": row.get("failures", 0),
            "lastAttemptedReleaseAction": row.get("attempted", ""),
            "history": [one.model_dump(mode="json", by_alias=True) for one in snapshots],
        },
        generation=row.get("generation", 1),
    )
    if row["last"] and row["last"].startswith(("failed", "uninstalled")) and snapshots:
        hr = with_latest(hr, snapshot_of(record(row["last"]), "upgrade"))
    said = {"chart_name": "demo", "chart_version": "1.0.0", "config_digest": config_digest(VALUES)}
    wanted = Wanted(**said | row.get("wanted", {}))

    observed = observe(hr, hr.status, wanted, record(row["last"]) if row["last"] else None)

    assert observed.state == row["expect"]


def test_a_status_that_helm_does_not_leave_behind_is_told():
    hr = with_latest(release({}, {}), snapshot_of(record("superseded 1"), "upgrade"))

    with pytest.raises(HelmError, match="release with status 'superseded'"):
        observe(hr, hr.status, Wanted("demo", "1.0.0", ""), record("superseded 1"))


@pytest.mark.parametrize("row", rows("decision.yaml"))
def test_what_is_done_about_a_state(row):
    failed = row.get("failed", {})
    hr = release(
        row.get("spec", {}),
        {
            "lastAttemptedReleaseAction": row.get("attempted", ""),
            "installFailures": failed.get("install", 0),
            "upgradeFailures": failed.get("upgrade", 0),
            "history": [
                one.model_dump(mode="json", by_alias=True)
                for one in map(summary, row.get("history", []))
            ],
        },
    )
    wish = Wish(row.get("forced", False), row.get("retries", False))
    broken = row.get("broken", [])

    decision = decide(
        hr.spec,
        hr.status,
        Observed(row["state"]),
        wish,
        lambda snapshot: snapshot.version not in broken,
    )

    assert (decision.action or decision.stalled or "nothing") == row["expect"]
    if "kept" in row:
        assert [one.version for one in decision.history] == row["kept"]


def release(spec, status, generation=1) -> HelmRelease:
    return parse(
        HelmRelease,
        {
            "metadata": {"name": "demo", "namespace": "apps", "generation": generation},
            "spec": {"interval": "1h", **spec},
            "status": {key: value for key, value in status.items() if value},
        },
    )


def with_latest(hr: HelmRelease, snapshot: ReleaseSnapshot) -> HelmRelease:
    others = [one for one in hr.status.history if one.version != snapshot.version]
    status = hr.status.model_copy(update={"history": (snapshot, *others)})
    return hr.model_copy(update={"status": status})


def record(said: str) -> Record:
    """`deployed 2` → a record."""
    status, revision = said.split()
    return Record(
        {
            "name": "demo",
            "namespace": "apps",
            "version": int(revision),
            "config": VALUES,
            "manifest": "---\n# Source: demo/templates/a.yaml\n",
            "chart": {"metadata": {"name": "demo", "version": "1.0.0", "apiVersion": "v2"}},
            "info": {
                "first_deployed": "2026-01-02T03:04:05.678901234Z",
                "last_deployed": "2026-01-02T03:04:05Z",
                "status": status,
            },
        }
    )


def remembered(said: int | str, tests: dict[str, str] | None) -> ReleaseSnapshot:
    """`1`, `!1` for one that was changed since, `v1 1` for a digest of another kind."""
    revision = int(str(said).split()[-1].lstrip("!"))
    snapshot = snapshot_of(record(f"deployed {revision}"), "upgrade")
    runs = None if tests is None else {name: {"phase": phase} for name, phase in tests.items()}
    news: dict[str, object] = {"testHooks": runs}
    if str(said).startswith("!"):
        news["digest"] = "sha256:0"
    if str(said).startswith("v1"):
        news |= {"digest": "sha256:0", "apiVersion": ""}
    return parse(ReleaseSnapshot, snapshot.model_dump(mode="json", by_alias=True) | news)


def summary(said: str) -> ReleaseSnapshot:
    """`superseded 2 test-failed` → what is remembered of it."""
    status, revision, *tests = said.split()
    snapshot = snapshot_of(record(f"{status} {revision}"), "upgrade")
    runs = {"t": {"phase": "Failed"}} if tests else None
    wire = snapshot.model_dump(mode="json", by_alias=True)
    return parse(ReleaseSnapshot, wire | {"testHooks": runs})


@pytest.mark.parametrize(
    ("last", "colour", "continues"),
    [
        ("failed 2", "wanted", True),
        ("deployed 2", "remembered", True),
        ("deployed 2", "another", False),
    ],
    ids=["a failure of ours, cut off", "a rollback of ours, cut off", "somebody else's"],
)
def test_what_was_cut_off_before_it_was_told_is_known_again(last, colour, continues):
    first = record("deployed 1")
    hr = with_latest(release({}, {}), snapshot_of(first, "install"))
    known = hr.status.history[0]
    digests = {"wanted": known.config_digest, "remembered": "sha256:new", "another": "sha256:new"}
    if colour == "another":
        history = (known.model_copy(update={"config_digest": "sha256:old"}),)
        hr = hr.model_copy(update={"status": hr.status.model_copy(update={"history": history})})
    wanted = Wanted("demo", "1.0.0", digests[colour])

    observed = observe(hr, hr.status, wanted, record(last))

    assert (observed.state, observed.continues) == ("Unmanaged", continues)
    decision = decide(hr.spec, hr.status, observed, Wish(), lambda _: True)
    assert decision.history == (hr.status.history if continues else ())
