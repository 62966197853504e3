from pathlib import Path

from cli.guide import guide
from cli.request import Wish, wishes


def test_a_directory_is_served_under_an_address_that_a_repository_may_have(tmp_path):
    wish = Wish.of(str(tmp_path / "shop"), "deploy", "main")

    assert wish.url == "http://localhost/shop"
    assert wish.local == tmp_path / "shop"


def test_an_address_is_taken_as_it_is():
    wish = Wish.of("https://example.org/shop.git", "", "trunk")

    assert (wish.url, wish.branch, wish.local) == ("https://example.org/shop.git", "trunk", None)


def test_a_directory_and_a_branch_become_two_objects_in_a_namespace():
    objects = wishes(Wish("https://example.org/shop.git", "trunk", "deploy"))

    assert [one["kind"] for one in objects] == ["Namespace", "GitRepository", "Kustomization"]
    assert objects[1]["spec"]["ref"] == {"branch": "trunk"}
    assert objects[2]["spec"]["path"] == "./deploy"


def test_the_guide_says_how_to_go_on():
    wish = Wish("http://localhost/shop", "main", "", Path("/tmp/shop"))

    text = guide(Path("/tmp/kubeconfig"), wish, sample=True)

    assert "export KUBECONFIG=/tmp/kubeconfig" in text
    assert "cd /tmp/shop" in text
    assert "git commit" in text


def test_the_guide_to_a_repository_elsewhere_has_nothing_to_edit():
    wish = Wish("https://example.org/shop.git", "main", "")

    assert "git commit" not in guide(Path("/tmp/kubeconfig"), wish, sample=False)
