import pytest

from shared.cluster.occurrence import Occurrence
from shared.manifest.identity import ManifestError
from shared.reconcile.attempt import Note
from tests.fake.clock import NOON

APPS = {
    "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
    "kind": "Kustomization",
    "metadata": {
        "name": "apps",
        "namespace": "flux-system",
        "uid": "u-1",
        "resourceVersion": "9",
        "annotations": {"event.toolkit.fluxcd.io/team": "a", "other/x": "y"},
    },
}


def of(severity="info", **metadata):
    note = Note(severity, "ReconciliationSucceeded", "all is well", metadata)
    return Occurrence.of(APPS, note, "kustomize-controller", NOON)


def test_what_is_posted_is_the_json_of_flux():
    assert of(revision="main@sha1:c0ffee").posted("host-1") == {
        "involvedObject": {
            "kind": "Kustomization",
            "namespace": "flux-system",
            "name": "apps",
            "uid": "u-1",
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "resourceVersion": "9",
        },
        "severity": "info",
        "timestamp": "2026-01-01T12:00:00Z",
        "message": "all is well",
        "reason": "ReconciliationSucceeded",
        "metadata": {
            "kustomize.toolkit.fluxcd.io/revision": "main@sha1:c0ffee",
            "event.toolkit.fluxcd.io/team": "a",
        },
        "reportingController": "kustomize-controller",
        "reportingInstance": "host-1",
    }


def test_a_key_that_has_its_group_keeps_it():
    assert "event.toolkit.fluxcd.io/token" in of(**{"event.toolkit.fluxcd.io/token": "t"}).metadata


@pytest.mark.parametrize(
    ("severity", "expected"), [("error", "Warning"), ("info", "Normal"), ("trace", "Normal")]
)
def test_the_severity_is_the_type_of_the_event(severity, expected):
    assert of(severity).type == expected


def test_an_object_without_a_kind_is_refused():
    with pytest.raises(ManifestError):
        Occurrence.of({"metadata": {"name": "x"}}, Note("info", "R", "m"), "us", NOON)
