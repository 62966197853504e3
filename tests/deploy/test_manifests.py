"""What is in deploy/, without a cluster: it is whole, fits together, and gives little away."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from controllers.catalogue import PROGRAMS
from shared.manifest.document import parse
from shared.manifest.identity import Manifest, Ref
from shared.runtime.main import choose
from shared.runtime.settings import Settings, fill
from tests.deploy.shape import DEPLOY, SHAPES, built, of_kind, tree

KUSTOMIZATIONS = sorted(path for path in tree() if path.endswith("kustomization.yaml"))
FILES = sorted(set(tree()) - set(KUSTOMIZATIONS))

CLUSTER_WIDE = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "Namespace",
}


def named_files() -> Iterator[str]:
    """What the kustomizations name that is no directory."""
    for path in KUSTOMIZATIONS:
        directory = path.rpartition("/")[0]
        for name in yaml.safe_load(tree()[path])["resources"]:
            if name.endswith(".yaml"):
                yield f"{directory}/{name}"


def workloads(shape: str) -> Iterator[tuple[str, Any]]:
    """The Deployments of a shape, with their pods."""
    for name, deployment in of_kind(built(shape), "Deployment").items():
        yield name, deployment["spec"]["template"]


@pytest.mark.parametrize("path", FILES)
def test_every_file_holds_objects_with_a_name(path: str):
    manifests = parse(tree()[path], path=path)

    assert manifests
    for manifest in manifests:
        assert Ref.of(manifest).name


def test_every_file_is_named_by_one_kustomization():
    assert Counter(named_files()) == Counter(FILES)


def test_every_folder_below_install_is_a_shape():
    assert sorted(path.name for path in (DEPLOY / "install").iterdir()) == SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_every_object_once_and_in_its_place(shape: str):
    manifests = built(shape)

    assert max(Counter(Ref.of(manifest) for manifest in manifests).values()) == 1
    for manifest in manifests:
        cluster_wide = manifest["kind"] in CLUSTER_WIDE
        assert Ref.of(manifest).namespace == ("" if cluster_wide else "flux-system")


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_is_labelled_as_the_flux_command_looks_for_it(shape: str):
    templates = [template for _, template in workloads(shape)]

    for thing in (*built(shape), *templates):
        labels = thing["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "flux"
        assert labels["app.kubernetes.io/instance"] == "flux-system"
        assert labels["app.kubernetes.io/name"] == "penstock"


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_bound_is_there(shape: str):
    manifests = built(shape)
    accounts = of_kind(manifests, "ServiceAccount")
    roles = {kind: {*of_kind(manifests, kind)} for kind in ("Role", "ClusterRole")}
    roles["ClusterRole"].add("cluster-admin")

    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in of_kind(manifests, kind).values():
            assert binding["roleRef"]["name"] in roles[binding["roleRef"]["kind"]]
            assert {subject["name"] for subject in binding["subjects"]} <= {*accounts}
    assert {template["spec"]["serviceAccountName"] for _, template in workloads(shape)} == {
        *accounts
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_no_role_says_everything(shape: str):
    roles = [of_kind(built(shape), kind).values() for kind in ("Role", "ClusterRole")]

    for role in (role for some in roles for role in some):
        for rule in role["rules"]:
            assert "*" not in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])


@pytest.mark.parametrize(
    ("shape", "bound"),
    [
        ("all-in-one", ["penstock"]),
        ("separate", ["kustomize-controller", "helm-controller"]),
        ("tenants", []),
    ],
)
def test_only_who_applies_with_its_own_rights_is_an_administrator(shape: str, bound: list[str]):
    bindings = of_kind(built(shape), "ClusterRoleBinding").values()

    administrators = [b for b in bindings if b["roleRef"]["name"] == "cluster-admin"]

    assert [s["name"] for b in administrators for s in b["subjects"]] == bound


@pytest.mark.parametrize("shape", SHAPES)
def test_the_service_in_artifact_urls_leads_to_the_artifact_server(shape: str):
    service = of_kind(built(shape), "Service")["source-controller"]
    selector = service["spec"]["selector"].items()

    (chosen,) = (t for _, t in workloads(shape) if selector <= t["metadata"]["labels"].items())

    (container,) = chosen["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    (port,) = service["spec"]["ports"]
    assert (port["port"], ports[port["targetPort"]]) == (80, 9090)
    assert (
        "--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local."
        in container["args"]
    )
    assert chosen["metadata"]["labels"]["penstock.dev/serves"] == "artifacts"


@pytest.mark.parametrize("shape", SHAPES)
def test_only_controllers_reach_artifacts_and_anyone_the_metrics(shape: str):
    policies = of_kind(built(shape), "NetworkPolicy")

    open_to = {name: policy["spec"].get("ingress", []) for name, policy in policies.items()}

    assert open_to == {
        "deny-ingress": [],
        "allow-artifacts": [
            {
                "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "flux"}}}],
                "ports": [{"port": "http", "protocol": "TCP"}],
            }
        ],
        "allow-scraping": [
            {
                "from": [{"namespaceSelector": {}}],
                "ports": [{"port": "http-prom", "protocol": "TCP"}],
            }
        ],
    }
    assert policies["deny-ingress"]["spec"]["podSelector"] == {}


@pytest.mark.parametrize("shape", SHAPES)
def test_pods_can_write_nowhere_but_into_their_own_volumes(shape: str):
    for _, template in workloads(shape):
        (container,) = template["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert all("emptyDir" in volume for volume in template["spec"]["volumes"])
        assert {m["name"] for m in container["volumeMounts"]} == {
            v["name"] for v in template["spec"]["volumes"]
        }


@pytest.mark.parametrize("shape", SHAPES)
def test_the_controllers_know_the_flags_that_they_are_given(shape: str):
    programs = {f"{name}_controller": [one] for name, one in PROGRAMS.items()}
    programs["controllers"] = [*PROGRAMS.values()]

    for _, template in workloads(shape):
        (container,) = template["spec"]["containers"]
        (_, _, module, *names) = container["command"]
        chosen = choose(programs[module], container["args"], usage=ArgumentParser())

        assert fill(Settings, chosen).enable_leader_election
        assert names == ([*PROGRAMS] if module == "controllers" else [])


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_the_definitions_of_all_kinds(shape: str):
    definitions: dict[str, Manifest] = of_kind(built(shape), "CustomResourceDefinition")

    assert len(definitions) == len(list((DEPLOY / "crds").glob("*_*.yaml")))
