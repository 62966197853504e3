from __future__ import annotations

import pytest

from shared.api.artifact import Artifact
from shared.manifest.identity import Manifest
from source_controller.offer import Offers

GIT = "gitrepository/flux-system/apps/" + "c" * 40 + ".tar.gz"
CHART = "helmchart/flux-system/apps/apps-1.0.0+1.tgz"
INDEX = "helmrepository/flux-system/apps/index-abc.yaml"


class Cluster(dict[tuple[str, str], Manifest]):
    """The objects of a kind, as the cache has them."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.get((namespace, name))


def named(path: str) -> Cluster:
    artifact = {
        "digest": "sha256:0",
        "lastUpdateTime": "2026-01-01T12:00:00Z",
        "path": path,
        "revision": "1",
        "url": "http://here",
    }
    return Cluster(
        {
            ("flux-system", "apps"): {"status": {"artifact": artifact}},
            ("flux-system", "thief"): {"status": {"artifact": artifact}},
            ("flux-system", "odd"): {"status": {"artifact": {"path": path.replace("apps", "odd")}}},
            ("flux-system", "new"): {},
        }
    )


def path_of(offers: Offers, asked: str) -> str:
    found = offers.find(asked)
    return found.path if found else ""


@pytest.fixture
def offers() -> Offers:
    return Offers(
        {"gitrepository": named(GIT), "helmchart": named(CHART), "helmrepository": named(INDEX)}
    )


@pytest.mark.parametrize("path", [GIT, CHART, INDEX])
def test_what_a_status_names_is_on_offer(offers, path):
    assert path_of(offers, path) == path


@pytest.mark.parametrize(
    "path",
    [
        GIT.replace("ccc", "ddd"),
        GIT.replace("apps", "other"),
        GIT.replace("apps", "new"),
        GIT.replace("apps", "odd"),
        GIT.replace("flux-system", "other"),
        GIT.replace("gitrepository", "bucket"),
        "",
        "gitrepository/flux-system/apps",
        f"{GIT}/",
        f"/{GIT}",
        "gitrepository/flux-system/apps/latest.tar.gz",
        "helmchart/flux-system/apps/index.yaml",
        "helmrepository/flux-system/apps/latest.tar.gz",
        "helmchart/flux-system/new/latest.tar.gz",
        "helmchart/flux-system/thief/latest.tar.gz",
    ],
)
def test_nothing_else_is(offers, path):
    assert path_of(offers, path) == ""


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("helmchart/flux-system/apps/latest.tar.gz", CHART),
        ("helmrepository/flux-system/apps/index.yaml", INDEX),
    ],
)
def test_a_name_that_lasts_leads_to_what_is_on_offer_now(offers, asked, path):
    assert path_of(offers, asked) == path


def fresh(offers: Offers, path: str) -> Artifact:
    found = offers.find(CHART)
    assert found is not None
    return found.model_copy(update={"path": path})


def test_what_was_stored_a_moment_ago_is_on_offer_until_its_object_goes(offers):
    path = CHART.replace("1.0.0", "2.0.0")
    offers.add(fresh(offers, path))
    assert path_of(offers, path) == path

    offers.withdraw("helmchart/flux-system/apps")
    assert path_of(offers, path) == ""


def test_what_was_offered_lately_is_bounded(offers):
    artifact = fresh(offers, "")
    for number in range(10_100):
        offers.add(artifact.model_copy(update={"path": f"gitrepository/a/b/{number}"}))

    assert len(offers.fresh) == 10_000
    assert path_of(offers, "gitrepository/a/b/10099") == "gitrepository/a/b/10099"
