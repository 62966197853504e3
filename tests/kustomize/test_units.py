"""Single transformers on single inputs, as kustomize's filter tests have it."""

from __future__ import annotations

import pytest

from kustomize.affix import prefixed, suffixed
from kustomize.configuration import field_specs
from kustomize.decoding import decoded
from kustomize.fieldspec import FieldSpecs
from kustomize.iam_policy import IamPolicy, service_account
from kustomize.images import imaged
from kustomize.json_patch import operations_of, patched
from kustomize.kustomization import Image, Replacement, Replica, Spec
from kustomize.labels import labelled
from kustomize.marks import adopt
from kustomize.merge_keys import built_in
from kustomize.namespace import namespaced
from kustomize.problem import BuildError
from kustomize.replacements import replacing
from kustomize.replicas import scaled
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import RESOURCE, plain
from kustomize.scope import Scope
from kustomize.strategic_merge import merged
from kustomize.value_add import ValueTarget, adding
from kustomize.warning import Warnings
from shared.manifest.composition import documents
from tests.kustomize.conformance import FOLDER, MISSING, Record, records

APART = {
    "filters/imagetag/TestImageTagUpdater_Filter/updateimagesuffix#0",  # one of our two rounds
    "filters/namespace/TestNamespace_Filter/update-rolebinding#0",  # objects without names
    "filters/namespace/TestNamespace_Filter/update-clusterrolebinding#0",
}
RECORDS = [
    record
    for record in records("units/filters")
    # The first two need objects in memory that the records do not hold.
    if record["filter"] not in ("nameref.Filter", "refvar.Filter", "imagetag.LegacyFilter")
    and record["id"] not in APART
]

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=MISSING)


def objects(text: str) -> Resources:
    found = documents(text.encode(), path="x", rules=RESOURCE)
    resources = Resources()
    resources.replace_all(Resource(document.value, Scope()) for document in found)
    for resource in resources:
        adopt(resource)
    return resources


def specs(config: Record) -> FieldSpecs:
    given = config.get("FsSlice") or ([config["FieldSpec"]] if "FieldSpec" in config else [])
    return field_specs(decoded(Spec, spec, "spec") for spec in given)


def transformer(record: Record) -> Transformer:
    config = record["config"]
    match record["filter"].removesuffix(".Filter"):
        case "annotations":
            return labelled(config["Annotations"], specs(config))
        case "labels":
            return labelled(config["Labels"], specs(config))
        case "imagetag":
            return imaged((decoded(Image, config["ImageTag"], "image"),), specs(config))
        case "namespace":
            return namespaced(
                config["Namespace"],
                specs(config),
                unset_only=config["UnsetOnly"],
                subjects=config["SetRoleBindingSubjects"] or "defaultOnly",
            )
        case "prefix":
            return prefixed(config["Prefix"], specs(config))
        case "suffix":
            return suffixed(config["Suffix"], specs(config))
        case "replicacount":
            return scaled(decoded(Replica, config["Replica"], "replica"), specs(config))
        case "replacement":
            given = [decoded(Replacement, each, "x") for each in config["Replacements"] or ()]
            return replacing(tuple(given), None, Warnings())
        case "valueadd":
            target = ValueTarget(None, config["FieldPath"], config.get("FilePathPosition", 0))
            return adding(config["Value"], (target,))
        case other:
            return whole_object(other, config)


def whole_object(name: str, config: Record) -> Transformer:
    def transform(resources: Resources) -> None:
        if name == "iampolicygenerator":
            policy = decoded(IamPolicy, config["IAMPolicyGenerator"], "policy")
            resources.append(service_account(policy, Scope()))
        for resource in resources:
            if name == "patchjson6902":
                operations = operations_of(config["Patch"], "patch")
                resource.manifest = patched(plain(resource.manifest), operations)
            elif name == "patchstrategicmerge":
                [patch] = objects(config["Patch"])
                resource.manifest = merged(resource.manifest, patch.manifest, built_in())

    return transform


def outcome(record: Record) -> object:
    resources = objects(record["input"])
    try:
        transformer(record)(resources)
        resources.drop_empty(resources)
        return [plain(resource.manifest) for resource in resources]
    except BuildError:
        return BuildError


def wanted(record: Record) -> object:
    if "output" not in record["expect"]:
        return BuildError
    try:
        return [plain(resource.manifest) for resource in objects(record["expect"]["output"])]
    except BuildError:  # what the filter lets through, printing it refuses
        return BuildError


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_transformer_does_what_the_filter_does(record: Record) -> None:
    assert outcome(record) == wanted(record)
