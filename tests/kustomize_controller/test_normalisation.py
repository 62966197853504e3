from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from kustomize_controller.normalisation import normalised
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.identity import labels_of, metadata
from shared.problem import Problem

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "data/kustomize_controller/normalisation.yaml").read_text()
)
OWNER = {
    "kustomize.toolkit.fluxcd.io/name": "apps",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
}


def kustomization(spec) -> Kustomization:
    least = {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    meta = {"name": "apps", "namespace": "flux-system"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_applied(case) -> None:
    ks = kustomization(case.get("spec", {}))
    given = copy.deepcopy(case["given"])

    if "error" in case:
        with pytest.raises(Problem, match=case["error"]):
            normalised(given, ks)
        return
    applied = normalised(given, ks)

    labels = labels_of(case["expect"]) | OWNER
    expected = case["expect"] | {"metadata": metadata(case["expect"]) | {"labels": labels}}
    assert applied == expected
    assert given == case["given"]
