from __future__ import annotations

import copy

import pytest

from shared.api.artifact_generator import ArtifactGenerator
from shared.reconcile.failure import Stalled
from source_controller.generator.rule import check

SOURCE = {"alias": "repo", "kind": "GitRepository", "name": "mono"}
OUTPUT = {"name": "web", "copy": [{"from": "@repo/web", "to": "@artifact/"}]}


def generator(**spec: object) -> ArtifactGenerator:
    wanted = {"sources": [SOURCE], "artifacts": [OUTPUT], **copy.deepcopy(spec)}
    meta = {"name": "apps", "namespace": "team"}
    return ArtifactGenerator.model_validate({"metadata": meta, "spec": wanted})


@pytest.mark.parametrize(
    ("spec", "reason", "message"),
    [
        ({"sources": [SOURCE, SOURCE]}, "ValidationFailed", "duplicate source alias 'repo' found"),
        (
            {"artifacts": [OUTPUT, OUTPUT]},
            "ValidationFailed",
            "duplicate artifact name 'web' found",
        ),
        (
            {"artifacts": [{**OUTPUT, "name": "Web"}]},
            "ValidationFailed",
            "artifact name 'Web' is no name that an object may have",
        ),
        (
            {"artifacts": [{**OUTPUT, "revision": "@x"}]},
            "ValidationFailed",
            "artifact web revision source alias 'x' not found",
        ),
        (
            {"artifacts": [{**OUTPUT, "originRevision": "@x"}]},
            "ValidationFailed",
            "artifact web originRevision source alias 'x' not found",
        ),
        (
            {"sources": [{**SOURCE, "namespace": "other"}]},
            "AccessDenied",
            "cross-namespace reference to source GitRepository/other/mono is not allowed",
        ),
    ],
)
def test_a_spec_that_cannot_be_stalls(spec, reason, message):
    with pytest.raises(Stalled) as failure:
        check(generator(**spec), across_namespaces=False)

    assert (failure.value.reason, failure.value.message) == (reason, message)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"sources": [{**SOURCE, "namespace": "team"}]},
        {"artifacts": [{**OUTPUT, "revision": "@repo", "originRevision": "@repo"}]},
        {"pathPattern": "@repo/{app}", "artifacts": [{**OUTPUT, "name": "{app}"}]},
    ],
)
def test_a_spec_that_can_be_passes(spec):
    check(generator(**spec), across_namespaces=False)


def test_sources_of_other_namespaces_are_taken_unless_the_operator_forbids_it():
    check(generator(sources=[{**SOURCE, "namespace": "other"}]), across_namespaces=True)
