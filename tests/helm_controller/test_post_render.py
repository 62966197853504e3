"""What a HelmRelease changes of what its chart renders to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from helm_controller.objects import objects_of
from helm_controller.post_render import common_metadata_digest, post_render, post_renderers_digest
from helm_controller.problem import HelmError
from helm_controller.rendering import Document, Hook, Rendering
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse
from shared.manifest.identity import Manifest, annotations_of, labels_of

TABLE = Path(__file__).parents[1] / "data/helm_controller/post_render_digests.yaml"
ROWS = yaml.safe_load(TABLE.read_text())
ORIGIN = {
    "helm.toolkit.fluxcd.io/name": "demo",
    "helm.toolkit.fluxcd.io/namespace": "apps",
}
WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  template:
    spec:
      containers: [{name: web, image: "web:1"}]
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"
JOB = """apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: "3"}
spec: {template: {spec: {containers: [{name: web, image: "web:1"}]}}}
"""
RENDERING = Rendering(
    documents=(
        Document("c/templates/b.yaml", "ConfigMap", CONFIG),
        Document("c/a.yaml", "Deployment", WEB),
    ),
    hooks=(Hook("c/templates/h.yaml", "Job", "migrate", JOB, ("pre-install",), 3),),
    definitions=(),
    notes="",
    metadata={"name": "c"},
    values={},
)
IMAGES = [{"kustomize": {"images": [{"name": "web", "newTag": "2"}]}}]


def release(**spec: object) -> HelmRelease:
    meta = {"name": "demo", "namespace": "apps"}
    return parse(HelmRelease, {"metadata": meta, "spec": {"interval": "1h", **spec}})


def changed(rendering: Rendering = RENDERING, **spec: object) -> Rendering:
    return post_render(release(**spec)).changed(rendering)


def images(text: str) -> str:
    (found,) = objects_of(text)
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_digests_are_those_of_flux(row: Manifest):
    hr = release(**row["spec"])

    assert post_renderers_digest(hr) == row.get("post", "")
    assert common_metadata_digest(hr) == row.get("common", "")


def test_everything_is_labelled_with_whose_it_is():
    found = changed()

    texts = [one.text for one in (*found.documents, *found.hooks)]
    assert [labels_of(objects_of(text)[0]) for text in texts] == [
        ORIGIN,
        {"app": "web", **ORIGIN},
        ORIGIN,
    ]
    assert [one.path for one in found.documents] == ["c/templates/b.yaml", "c/a.yaml"]
    (hook,) = found.hooks
    assert (hook.path, hook.events, hook.weight) == ("c/templates/h.yaml", ("pre-install",), 3)
    assert "postrenderer" not in "".join(texts)


@pytest.mark.parametrize(
    ("strategy", "of_hook", "is_labelled"),
    [("combined", "web:2", True), ("separate", "web:2", True), ("nohooks", "web:1", False)],
)
def test_hooks_are_changed_as_the_strategy_says(strategy: str, of_hook: str, is_labelled: bool):
    found = changed(postRenderers=IMAGES, postRenderStrategy=strategy)

    assert images(found.documents[1].text) == "web:2"
    (hook,) = found.hooks
    assert images(hook.text) == of_hook
    assert bool(labels_of(objects_of(hook.text)[0])) == is_labelled


def test_renderers_are_run_one_after_the_other():
    second = {"images": [{"name": "web", "newName": "other"}]}
    patch = "- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: last:1\n"
    third = {"patches": [{"patch": patch, "target": {"kind": "Deployment"}}]}

    found = changed(postRenderers=[*IMAGES, {"kustomize": second}])
    assert images(found.documents[1].text) == "other:2"

    found = changed(postRenderers=[*IMAGES, {"kustomize": second}, {"kustomize": third}])
    assert images(found.documents[1].text) == "last:1"
    assert images(found.hooks[0].text) == "other:2"


def test_what_is_deleted_by_a_patch_is_gone():
    patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n$patch: delete\n"

    found = changed(postRenderers=[{"kustomize": {"patches": [{"patch": patch}]}}])

    assert [one.kind for one in found.documents] == ["Deployment"]


def test_common_metadata_is_added_and_the_origin_wins():
    labels = {"helm.toolkit.fluxcd.io/name": "other", "app": "mine", "team": "a"}

    found = changed(commonMetadata={"labels": labels, "annotations": {"note": "b"}})

    web = objects_of(found.documents[1].text)[0]
    assert labels_of(web) == {"app": "mine", "team": "a", **ORIGIN}
    assert annotations_of(web) == {"note": "b"}
    assert annotations_of(objects_of(found.hooks[0].text)[0])["note"] == "b"


def test_one_object_twice_is_refused_where_kustomize_is_asked():
    twice = replace(
        RENDERING, documents=(*RENDERING.documents, Document("c/z.yaml", "ConfigMap", CONFIG))
    )

    assert len(changed(twice).documents) == 3, "Helm itself takes it"
    with pytest.raises(HelmError, match="config"):
        changed(twice, postRenderers=IMAGES)


def test_a_hook_and_an_object_of_one_name_can_be_told_apart_by_separate_runs():
    hook = Hook(
        "c/h.yaml",
        "ConfigMap",
        "config",
        CONFIG.replace("{name: config}", "{name: config, annotations: {helm.sh/hook: test}}"),
        ("test",),
    )
    rendering = replace(RENDERING, hooks=(hook,))

    found = changed(rendering, postRenderers=IMAGES, postRenderStrategy="separate")
    assert [one.name for one in found.hooks] == ["config"]

    with pytest.raises(HelmError, match="post render"):
        changed(rendering, postRenderers=IMAGES)


def test_a_patch_that_does_not_fit_is_told():
    patch = "- op: remove\n  path: /spec/nothing\n"
    renderer = {"kustomize": {"patches": [{"patch": patch, "target": {"kind": "Deployment"}}]}}

    with pytest.raises(HelmError, match="error while running post render"):
        changed(postRenderers=[renderer])


def test_a_chart_that_renders_to_nothing_stays_nothing():
    empty = replace(RENDERING, documents=(), hooks=())

    assert changed(empty, postRenderers=IMAGES) == empty
