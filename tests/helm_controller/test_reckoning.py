from __future__ import annotations

import pytest

from helm_controller.decision import Wanted
from helm_controller.reckoning import Requests, handled, is_asked, requests_of, why_anew
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse

AT, FORCE, RESET = (f"reconcile.fluxcd.io/{what}" for what in ("requestedAt", "forceAt", "resetAt"))
WANTED = Wanted("demo", "1.0.0", "sha256:1")
BEFORE = {
    "lastAttemptedGeneration": 3,
    "lastAttemptedRevision": "1.0.0",
    "lastAttemptedConfigDigest": "sha256:1",
}


def release(annotations: dict[str, str], status: dict[str, object]) -> HelmRelease:
    meta = {"name": "demo", "namespace": "apps", "generation": 3, "annotations": annotations}
    return parse(HelmRelease, {"metadata": meta, "spec": {"interval": "1h"}, "status": status})


@pytest.mark.parametrize(
    ("annotations", "status", "expected"),
    [
        ({}, {}, Requests(force=False, reset=False)),
        ({AT: "1", FORCE: "1"}, {}, Requests(force=True, reset=False)),
        ({AT: "1", RESET: "1"}, {}, Requests(force=False, reset=True)),
        ({AT: "2", FORCE: "1"}, {}, Requests(force=False, reset=False)),
        ({FORCE: "1", RESET: "1"}, {}, Requests(force=False, reset=False)),
        ({AT: "1", FORCE: "1"}, {"lastHandledForceAt": "1"}, Requests(force=False, reset=False)),
        ({AT: "1", RESET: "1"}, {"lastHandledResetAt": "0"}, Requests(force=False, reset=True)),
    ],
)
def test_a_request_counts_with_one_to_reconcile_and_once(annotations, status, expected):
    hr = release(annotations, status)

    assert requests_of(hr) == expected
    after = hr.model_copy(update={"status": hr.status.model_copy(update=_said(handled(hr)))})
    assert requests_of(after) == Requests(force=False, reset=False)


def _said(status) -> dict[str, object]:
    return {name: getattr(status, name) for name in status.model_fields_set}


def test_who_asks_is_heard_once():
    assert not is_asked(release({}, {}))
    assert is_asked(release({AT: "1"}, {}))
    assert not is_asked(release({AT: "1"}, {"lastHandledReconcileAt": "1"}))


@pytest.mark.parametrize(
    ("change", "reset", "expected"),
    [
        ({}, False, ""),
        ({"lastAttemptedGeneration": 2}, False, "generation differs from last attempt"),
        ({"lastAttemptedRevision": "0.9.0"}, False, "chart version differs from last attempt"),
        ({"lastAttemptedConfigDigest": "sha256:0"}, False, "values differ from last attempt"),
        ({"lastAttemptedConfigDigest": ""}, False, ""),
        ({}, True, "reset requested through annotation"),
    ],
)
def test_failures_are_counted_anew_when_something_has_changed(change, reset, expected):
    hr = release({}, BEFORE | change)

    assert why_anew(hr, WANTED, Requests(force=False, reset=reset)) == expected
