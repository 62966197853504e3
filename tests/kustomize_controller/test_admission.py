from __future__ import annotations

import pytest

from kustomize_controller.admission import Rules, account_of, admit
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.reconcile.failure import Stalled

LOCKED = Rules(across_namespaces=False, default_account="default")


def kustomization(**spec) -> Kustomization:
    least = {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    meta = {"name": "apps", "namespace": "tenant"}
    return parse(Kustomization, {"metadata": meta, "spec": least | spec})


@pytest.mark.parametrize(
    "spec",
    [
        {"sourceRef": {"kind": "GitRepository", "name": "apps", "namespace": "other"}},
        {"dependsOn": [{"name": "base"}, {"name": "apps", "namespace": "other"}]},
    ],
    ids=["source", "dependency"],
)
def test_references_stay_in_their_namespace_where_they_have_to(spec) -> None:
    ks = kustomization(**spec)

    admit(ks, Rules())
    with pytest.raises(Stalled, match="other/apps") as refusal:
        admit(ks, LOCKED)

    assert refusal.value.reason == "AccessDenied"


def test_the_own_namespace_may_be_named() -> None:
    source = {"kind": "GitRepository", "name": "apps", "namespace": "tenant"}

    admit(kustomization(sourceRef=source, dependsOn=[{"name": "base"}]), LOCKED)


@pytest.mark.parametrize(
    "account", ["../kube-system:x", "a:b", "system:masters", "A", "a b", "x" * 300, "-a"]
)
def test_what_is_no_name_of_an_account_is_refused(account: str) -> None:
    with pytest.raises(Stalled) as refusal:
        admit(kustomization(serviceAccountName=account), Rules())

    assert refusal.value.reason == "AccessDenied"
    assert len(refusal.value.message) < 400


def test_the_account_of_the_spec_beats_the_default() -> None:
    assert account_of(kustomization(serviceAccountName="deployer"), LOCKED) == "deployer"
    assert account_of(kustomization(), LOCKED) == "default"
    assert account_of(kustomization(), Rules()) == ""


@pytest.mark.parametrize("account", ["../x", "a:b", "A", "x" * 300])
def test_what_is_no_name_of_an_account_is_shown_to_no_cloud(account: str) -> None:
    decryption = {"provider": "sops", "serviceAccountName": account}

    with pytest.raises(Stalled, match=r"spec\.decryption\.serviceAccountName") as refusal:
        admit(kustomization(decryption=decryption), Rules())

    assert refusal.value.reason == "AccessDenied"


def test_an_account_is_shown_to_clouds_unless_the_gate_is_off() -> None:
    ks = kustomization(decryption={"provider": "sops", "serviceAccountName": "kms"})

    admit(ks, Rules())
    with pytest.raises(Stalled, match="ObjectLevelWorkloadIdentity is off") as refusal:
        admit(ks, Rules(object_identities=False))

    assert refusal.value.reason == "FeatureGateDisabled"


def test_an_external_artifact_is_a_source_only_with_its_gate() -> None:
    ks = kustomization(sourceRef={"kind": "ExternalArtifact", "name": "apps"})

    admit(ks, Rules(external_artifacts=True))
    with pytest.raises(Stalled, match="ExternalArtifact=true") as refusal:
        admit(ks, Rules())

    assert refusal.value.reason == "AccessDenied"
