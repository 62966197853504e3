"""Scenario: Flux's own published test in its shape: N applications installed at once.

The shape is that of github.com/fluxcd/flux-benchmark: one registry, one namespace, one service
account that everything is applied as. An application is a Deployment scaled to zero, a
ServiceAccount, a Service and an Ingress; either a Kustomization with an OCIRepository of its own,
which waits for its health, or a HelmRelease of a chart in a HelmRepository, whose drift is looked
for.
"""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson

from benchmarks.controllers import HELM_SIDES, SIDES, lag
from benchmarks.delivery import is_ready
from benchmarks.figure import Figure
from benchmarks.helm import CHART
from benchmarks.scenario import Bench, Scenario
from benchmarks.turn import MEGABYTE, Match, Promise, Turn, beside_flux
from shared.manifest.identity import Manifest
from tests.fake.oci_artifact import HELM_LAYER, Artifact, Layer, artifact
from tests.real.registry import RealRegistry, real_registry

APP = Path(__file__).parent / "published_app.yaml"
ACCOUNT = "flux"
MANAGED = ("deployments", "ingresses", "serviceaccounts", "services")
VERSION = "1.0.0"
_HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_EACH = 1.0
"""Seconds that an application may take, on the slower side."""
_START = 120.0

Make = Callable[[int, RealRegistry], Iterator[Manifest]]
"""The objects that a number of applications are asked for by."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two tests: what has to become ready, and who does it."""

    resource: str
    make: Make
    match: Match
    promises: dict[str, Promise]


def names(count: int) -> list[str]:
    """Of the applications."""
    return [f"app-{number}" for number in range(count)]


def kustomizations(count: int, registry: RealRegistry) -> Iterator[Manifest]:
    """For each application a source and a Kustomization of it."""
    for number, name in enumerate(names(count)):
        source: Manifest = {"url": registry.url("app"), "ref": {"tag": "latest"}}
        yield _source("OCIRepository", name, interval="60m", insecure=True, **source)
        values: Manifest = {"INDEX": f"{number}app", "PODS": "0", "CPU": "1m"}
        yield _object(
            "kustomize.toolkit.fluxcd.io/v1", "Kustomization", name,
            sourceRef={"kind": "OCIRepository", "name": name}, path="/", targetNamespace="",
            interval="60m", retryInterval="2m", timeout="1m", prune=True, wait=True,
            serviceAccountName=ACCOUNT, postBuild={"substitute": values},
        )  # fmt: skip


def releases(count: int, registry: RealRegistry) -> Iterator[Manifest]:
    """A repository of charts, and a HelmRelease for each application."""
    url = registry.url("charts")
    yield _source("HelmRepository", "charts", interval="12h", url=url, type="oci", insecure=True)
    for name in names(count):
        repository: Manifest = {"kind": "HelmRepository", "name": "charts"}
        chart = {"chart": "webapp", "version": "*", "interval": "600m", "sourceRef": repository}
        yield _object(
            "helm.toolkit.fluxcd.io/v2", "HelmRelease", name,
            releaseName=name, targetNamespace="", storageNamespace="", interval="60m",
            serviceAccountName=ACCOUNT, chart={"spec": chart}, driftDetection={"mode": "enabled"},
            install={"crds": "Create"}, upgrade={"crds": "CreateReplace"},
            values={"replicas": 0, "ingress": {"className": "nginx"}},
        )  # fmt: skip


KUSTOMIZATIONS = Kind(
    "kustomizations",
    kustomizations,
    Match(
        managed=MANAGED, kinds=("kustomizations", "ocirepositories"), sides=SIDES,
        modules=("source-controller", "kustomize-controller"),
    ),
    {"all ready: seconds": Promise(most=0.25), "peak: memory": Promise(most=1)},
)  # fmt: skip
RELEASES = Kind(
    "helmreleases",
    releases,
    Match(
        managed=(*MANAGED, "secrets"), kinds=("helmcharts", "helmreleases", "helmrepositories"),
        sides=HELM_SIDES, modules=("source-controller", "helm-controller"),
    ),
    {"all ready: seconds": Promise(most=0.5), "peak: memory": Promise(most=1)},
)  # fmt: skip


def app() -> Artifact:
    """The manifests of an application, as `flux push artifact` packs them."""
    return artifact(Layer(_packed({"app.yaml": APP.read_bytes()})))


def chart() -> Artifact:
    """The chart of an application, as `helm push` does it."""
    files = (path for path in sorted(CHART.rglob("*")) if path.is_file())
    packed = _packed({f"webapp/{path.relative_to(CHART)}": path.read_bytes() for path in files})
    said = orjson.dumps({"apiVersion": "v2", "name": "webapp", "version": VERSION})
    return artifact(Layer(packed, HELM_LAYER), config=Layer(said, _HELM_CONFIG))


def _packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tarball:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tarball.addfile(info, io.BytesIO(content))
    return made.getvalue()


def placed(manifest: Manifest, namespace: str) -> Manifest:
    """The same of a namespace, which all is applied to as well."""
    spec = manifest["spec"]
    assert isinstance(spec, dict)
    whole = {key: namespace if value == "" else value for key, value in spec.items()}
    return {**manifest, "spec": whole}


def path_of(manifest: Manifest, namespace: str) -> str:
    """Where objects of its kind are listed."""
    plural = str(manifest["kind"]).lower().removesuffix("y")
    plural += "ies" if str(manifest["kind"]).endswith("y") else "s"
    return f"/apis/{manifest['apiVersion']}/namespaces/{namespace}/{plural}"


async def _story(count: int, kind: Kind, registry: RealRegistry, turn: Turn) -> None:
    await _tenant(turn)
    asked = [placed(each, turn.namespace) for each in kind.make(count, registry)]
    every, told = names(count), turn.processes.last_words
    last = path_of(asked[-1], turn.namespace)
    sight = await turn.watch(last, _START + count * _EACH)
    await turn.calm()
    async with turn.step("all ready") as step:
        for manifest in asked:
            await turn.api.create(path_of(manifest, turn.namespace), manifest)
        step.ended = await sight.until(every, is_ready, told=told)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)
    if turn.is_ours:
        turn.note("event loop", "lag", lag(turn.site))
    await turn.calm()
    async with turn.step("all gone") as step:
        for name in every:
            await turn.api.delete(f"{last}/{name}")
        step.ended = await sight.until_gone(every, told=told)


async def _tenant(turn: Turn) -> None:
    """The account that all is applied as: an administrator of the namespace."""
    where = f"namespaces/{turn.namespace}"
    meta: Manifest = {"name": ACCOUNT}
    account: Manifest = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
    await turn.api.create(f"/api/v1/{where}/serviceaccounts", account)
    whole: Manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta,
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin",
        },
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": turn.namespace}],
    }  # fmt: skip
    await turn.api.create(f"/apis/rbac.authorization.k8s.io/v1/{where}/rolebindings", whole)


async def _fill(registry: RealRegistry) -> None:
    await registry.push(app(), "app", "latest")
    await registry.push(chart(), "charts/webapp", VERSION)


def _measure(count: int, kind: Kind, bench: Bench) -> Sequence[Figure]:
    with real_registry() as registry:
        asyncio.run(_fill(registry))
        story = partial(_story, count, kind, registry)
        return beside_flux(bench, story, kind.promises, kind.match)


def _source(kind: str, name: str, **spec: object) -> Manifest:
    return _object("source.toolkit.fluxcd.io/v1", kind, name, **spec)


def _object(version: str, kind: str, name: str, **spec: object) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


SCENARIOS = tuple(
    Scenario(
        f"published-{kind.resource}{suffix}",
        f"Flux's published test in its shape: {count:,} {what}, beside Flux's controllers",
        partial(_measure, count, kind),
    )
    for kind, what in ((KUSTOMIZATIONS, "Kustomizations"), (RELEASES, "HelmReleases"))
    for count, suffix in ((1_000, ""), (100, "-100"))
)
