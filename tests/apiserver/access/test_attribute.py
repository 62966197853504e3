"""What a request is about."""

from __future__ import annotations

import pytest

from apiserver.access.attribute import Attributes, attributes_of, forbidden
from apiserver.route import Target

PODS = Target("", "v1", "pods", "team", "")
POD = Target("", "v1", "pods", "team", "web")
SCALE = Target("apps", "v1", "deployments", "team", "web", "scale")


@pytest.mark.parametrize(
    ("method", "query", "target", "verb"),
    [
        ("GET", {}, POD, "get"),
        ("HEAD", {}, POD, "get"),
        ("GET", {}, PODS, "list"),
        ("GET", {"watch": "true"}, PODS, "watch"),
        ("GET", {"watch": "1"}, POD, "watch"),
        ("GET", {"watch": "false"}, PODS, "list"),
        ("POST", {}, PODS, "create"),
        ("PUT", {}, POD, "update"),
        ("PATCH", {}, POD, "patch"),
        ("DELETE", {}, POD, "delete"),
        ("DELETE", {}, PODS, "deletecollection"),
        ("GET", {}, SCALE, "get"),
    ],
)
def test_a_method_is_a_verb(method: str, query: dict[str, str], target: Target, verb: str):
    assert attributes_of(method, "/", query, target).verb == verb


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("metadata.name=one", "one"),
        ("metadata.name==one", "one"),
        ("metadata.name!=one", ""),
        ("status.phase=Running", ""),
        ("status.phase=Running,metadata.name=one", "one"),
        ("metadata.name", ""),
        ("", ""),
    ],
)
def test_a_list_of_one_name_is_about_that_object(selector: str, name: str):
    found = attributes_of("GET", "/", {"fieldSelector": selector}, PODS)

    assert (found.verb, found.name) == ("list", name)


def test_a_namespace_lies_in_itself():
    found = attributes_of("GET", "/", {}, Target("", "v1", "namespaces", "", "team"))

    assert (found.namespace, found.name) == ("team", "team")


def test_what_is_no_resource_is_a_path():
    assert attributes_of("GET", "/healthz", {}, None) == Attributes("get", path="/healthz")


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (
            Attributes("get", "", "v1", "pods", "log", "team", "web"),
            'pods "web" is forbidden: User "ann" cannot get resource "pods/log" in API group "" in '
            'the namespace "team"',
        ),
        (
            Attributes("list", "apps", "v1", "deployments"),
            'deployments.apps is forbidden: User "ann" cannot list resource "deployments" in API '
            'group "apps" at the cluster scope',
        ),
        (Attributes("get", path="/x"), 'forbidden: User "ann" cannot get path "/x"'),
    ],
)
def test_a_refusal_says_who_may_not_do_what(about: Attributes, message: str):
    refusal = forbidden("ann", about)

    assert (refusal.code, str(refusal)) == (403, message)
