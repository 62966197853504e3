"""A chart of a monorepo that comes out as it did keeps its version, and its artifact."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace

import pytest

from shared.api.artifact import Artifact
from shared.api.helm_chart import HelmChart
from shared.manifest.tree import Tree
from source_controller.helm.archive import Limits
from source_controller.helm.build import Build, Offered, Order
from source_controller.helm.dependency import RepositoryDependencies
from source_controller.helm.former import Former, former_of
from source_controller.helm.index import ChartVersion
from source_controller.helm.local import LocalBuilder
from tests.fake.clock import NOON
from tests.fake.helm_repository import chart_files, packed

ONE, TWO = "a" * 12, "b" * 12
HERE = "https://charts.example/"
NEEDED = [
    {"name": "web", "version": "1.x", "repository": HERE},
    {"name": "side", "version": "0.x", "repository": "file://../side"},
]
VALUES = ("charts/app/values.yaml", "clusters/laptop/values.yaml")


@dataclass
class Repositories:
    """Repositories that have one version of every chart."""

    version: str = "1.0.0"

    async def at(self, url: str, namespace: str) -> Repositories:
        return self

    async def find(self, name: str, wanted: str) -> ChartVersion:
        return ChartVersion(name, self.version)

    async def verify(self, version: ChartVersion) -> bool:
        raise AssertionError("dependencies are not verified")

    async def download(self, version: ChartVersion) -> bytes:
        return packed(version.name, chart_files(version.name, version.version))


def source() -> dict[str, str]:
    """A monorepo: a chart, one beside it that it needs, values, and things that are none of it."""
    app = chart_files("app", "0.1.0", dependencies=NEEDED)
    side = chart_files("side", "0.2.0")
    return {
        **{f"charts/app/{path}": text for path, text in app.items()},
        **{f"charts/side/{path}": text for path, text in side.items()},
        "charts/app/.helmignore": "notes/\n",
        "charts/app/notes/one.md": "not in the chart\n",
        "charts/other/Chart.yaml": "name: other\n",
        "clusters/laptop/values.yaml": "replicas: 2\n",
        "docs/a.md": "hello\n",
    }


def order(revision: str, **more: object) -> Order:
    wanted = Order("charts/app", values_files=VALUES, metadata=f"{revision}.7")
    return replace(wanted, **more)  # type: ignore[arg-type]


async def built(
    wanted: Order, files: dict[str, str], repositories: Repositories | None = None
) -> Build:
    charts = RepositoryDependencies(repositories or Repositories())
    tree = Tree({path: text.encode() for path, text in files.items()})
    return await LocalBuilder(Limits(), charts).build(wanted, tree, "apps")


async def second(changed: dict[str, str], repositories: Repositories | None = None) -> Build:
    """What is built of the next commit, in which something is changed (nothing: removed)."""
    first = await built(order(ONE), source())
    offered = Offered(first.name, first.version)
    files = {path: text for path, text in {**source(), **changed}.items() if text}
    former = Former(first.version, digest(first))
    return await built(order(TWO, offered=offered, former=former), files, repositories)


def digest(build: Build, algorithm: str = "sha256") -> str:
    made = io.BytesIO()
    assert build.write is not None
    build.write(made)
    return f"{algorithm}:{hashlib.new(algorithm, made.getvalue()).hexdigest()}"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"docs/a.md": "other\n"},
        {"charts/other/Chart.yaml": "name: another\n"},
        {"clusters/laptop/more.yaml": "replicas: 9\n"},
        {"charts/app/notes/one.md": "still not in the chart\n"},
        {"charts/app/templates/.hidden": "never in a chart\n"},
        {"charts/app/.helmignore": "notes/\n", "charts/app/notes/one.md": ""},
        {"charts/side/templates/.hidden": "nor in that beside it\n"},
    ],
    ids=str,
)
async def test_a_commit_that_does_not_concern_the_chart_keeps_it(changed):
    build = await second(changed)

    assert (build.version, build.write, build.packed) == (f"0.1.0+{ONE}.7", None, True)
    assert (build.values_files, build.resolved) == (VALUES, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"charts/app/templates/config.yaml": "kind: Secret\n"},
        {"charts/app/templates/more.yaml": "kind: Secret\n"},
        {"charts/app/templates/config.yaml": ""},
        {"charts/app/README.md": "# other\n"},
        {"charts/app/values.yaml": "replicas: 1\nmore: 1\n"},
        {"clusters/laptop/values.yaml": "replicas: 3\n"},
        {"charts/side/templates/config.yaml": "kind: Secret\n"},
        {"charts/app/.helmignore": "README.md\nnotes/\n"},
        {"charts/app/.helmignore": "# none\n"},
    ],
    ids=str,
)
async def test_a_commit_to_what_the_chart_is_made_of_makes_it_anew(changed):
    build = await second(changed)

    assert build.version == f"0.1.0+{TWO}.7"
    assert build.write is not None


async def test_another_version_of_what_is_needed_makes_it_anew():
    build = await second({}, Repositories("1.1.0"))

    assert (build.version, build.resolved) == (f"0.1.0+{TWO}.7", 2)


async def test_another_version_in_the_chart_itself_makes_it_anew():
    raised = chart_files("app", "0.1.1", dependencies=NEEDED)["Chart.yaml"]

    build = await second({"charts/app/Chart.yaml": raised})

    assert build.version == f"0.1.1+{TWO}.7"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_what_is_not_stored_any_more_is_made_again_in_its_version(algorithm):
    first = await built(order(ONE), source())
    former = Former(first.version, digest(first, algorithm))

    again = await built(order(TWO, former=former), source())

    assert again.version == first.version
    assert digest(again, algorithm) == former.digest


@pytest.mark.parametrize("unknown", ["", "sha256:" + "0" * 64, "blake3:00", "nonsense"])
async def test_what_another_controller_packed_is_made_anew(unknown):
    first = await built(order(ONE), source())

    build = await built(order(TWO, former=Former(first.version, unknown)), source())

    assert build.version == f"0.1.0+{TWO}.7"


async def test_a_packed_chart_in_the_source_is_kept_as_well():
    wanted = Order("app.tgz", metadata=ONE)
    charts = RepositoryDependencies(Repositories())
    tree = Tree({"app.tgz": packed("app", chart_files("app", "0.1.0"))})
    first = await LocalBuilder(Limits(), charts).build(wanted, tree, "apps")
    former, offered = Former(first.version, digest(first)), Offered("app", first.version)

    later = replace(wanted, metadata=TWO, former=former, offered=offered)
    build = await LocalBuilder(Limits(), charts).build(later, tree, "apps")

    assert (build.version, build.write) == (f"0.1.0+{ONE}", None)


def chart(*, generation: int = 7, annotation: str = "", **spec: object) -> HelmChart:
    artifact = Artifact(
        digest="sha256:1", last_update_time=NOON, path="p", revision="0.1.0+1", url="u"
    )
    noted = {"penstock.dev/release-every-revision": annotation} if annotation else {}
    origin = {"kind": "GitRepository", "name": "apps"}
    return HelmChart.model_validate(
        {
            "metadata": {
                "name": "app", "namespace": "apps", "generation": generation, "annotations": noted,
            },
            "spec": {
                "chart": "app", "interval": "1m", "sourceRef": origin,
                "reconcileStrategy": "Revision", **spec,
            },
            "status": {"observedGeneration": 7, "artifact": artifact.model_dump(by_alias=True)},
        }
    )  # fmt: skip


def test_what_was_made_last_is_known_by_the_artifact_in_the_status():
    assert former_of(chart()) == Former("0.1.0+1", "sha256:1")
    assert former_of(chart(annotation="disabled")) == Former("0.1.0+1", "sha256:1")


@pytest.mark.parametrize(
    "other",
    [
        chart(annotation="enabled"),
        chart(annotation="Enabled"),
        chart(generation=8),
        chart(reconcileStrategy="ChartVersion"),
        chart().model_copy(update={"status": chart().status.model_copy(update={"artifact": None})}),
    ],
    ids=["as Flux", "as Flux, in other letters", "another spec", "by its version", "nothing"],
)
def test_who_asks_for_every_revision_or_for_something_else_gets_it(other):
    assert former_of(other) is None
