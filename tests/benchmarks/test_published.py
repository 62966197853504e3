"""What Flux's published test is made of, in our words: applications, sources, who applies them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import cast

import pytest
import yaml

from benchmarks.published import (
    ACCOUNT,
    APP,
    Kind,
    app,
    chart,
    kustomizations,
    names,
    path_of,
    placed,
    releases,
)
from benchmarks.published import KUSTOMIZATIONS as APPLIED
from benchmarks.published import RELEASES as RELEASED
from shared.manifest.identity import Manifest, metadata, section, text
from tests.fake.oci_artifact import Artifact
from tests.real.registry import RealRegistry

REGISTRY = RealRegistry("127.0.0.1:5000", Path("log"))


def test_an_application_is_four_objects_of_its_own_name_and_no_pod() -> None:
    filled = APP.read_text().replace("${INDEX}", "7app").replace("${PODS:=0}", "0")
    found = list(yaml.safe_load_all(filled.replace("${CPU}", "1m")))

    assert [each["kind"] for each in found] == [
        "ServiceAccount", "Service", "Deployment", "Ingress",
    ]  # fmt: skip
    assert {each["metadata"]["name"] for each in found} == {"app-7app"}
    assert found[2]["spec"]["replicas"] == 0


@pytest.mark.parametrize(("kind", "sources"), [(APPLIED, 2), (RELEASED, 0)])
def test_each_application_is_asked_for_by_name_as_one_account(kind: Kind, sources: int) -> None:
    every = [placed(each, "tenant") for each in kind.make(2, REGISTRY)]
    wanted = [one for one in every if path_of(one, "tenant").endswith(kind.resource)]

    assert [text(metadata(one), "name") for one in wanted] == names(2)
    assert {section(one, "spec")["serviceAccountName"] for one in wanted} == {ACCOUNT}
    assert {section(one, "spec")["targetNamespace"] for one in wanted} == {"tenant"}
    assert sum(one["kind"] == "OCIRepository" for one in every) == sources


def test_a_kustomization_waits_for_the_health_of_what_its_own_source_offers() -> None:
    source, applied = kustomizations(1, REGISTRY)

    spec = section(applied, "spec")
    assert spec["wait"] is True
    assert spec["sourceRef"] == {"kind": source["kind"], "name": metadata(source)["name"]}
    substitute = cast("Manifest", section(spec, "postBuild")["substitute"])
    assert set(substitute) == {"INDEX", "PODS", "CPU"}


def test_releases_share_a_repository_of_charts_and_look_for_drift() -> None:
    repository, first, second = releases(2, REGISTRY)

    assert section(repository, "spec")["url"] == "oci://127.0.0.1:5000/charts"
    for one in (first, second):
        spec = section(one, "spec")
        wanted = section(section(section(spec, "chart"), "spec"), "sourceRef")
        assert wanted == {"kind": "HelmRepository", "name": metadata(repository)["name"]}
        assert spec["driftDetection"] == {"mode": "enabled"}


def test_the_registry_is_given_manifests_and_a_chart() -> None:
    assert files(app()) == {"app.yaml"}
    assert {"webapp/Chart.yaml", "webapp/templates/ingress.yaml"} < files(chart())


def files(pushed: Artifact) -> set[str]:
    """The paths in its layer."""
    with tarfile.open(fileobj=io.BytesIO(pushed.blobs[1])) as tarball:
        return set(tarball.getnames())
