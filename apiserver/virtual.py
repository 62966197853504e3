"""Kinds that answer a question and are not kept: who am I, may I."""

from __future__ import annotations

from apiserver.refusal import method_not_allowed
from apiserver.resource import Resource
from apiserver.value import Object

ADMIN = {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]}
"""Who everybody is, until there are accounts."""

_EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
_EVERY_PATH = {"verbs": ["*"], "nonResourceURLs": ["*"]}


def answer(resource: Resource, content: Object) -> Object:
    """The object with its status filled in. Raises a 405 for a kind that has no answer here."""
    status = _status(resource.kind)
    content.setdefault("metadata", {})
    named: Object = {"apiVersion": resource.api_version, "kind": resource.kind}
    return {**content, **named, "status": status}


def _status(kind: str) -> Object:
    match kind:
        case "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview":
            return {"allowed": True}
        case "SelfSubjectReview":
            return {"userInfo": ADMIN}
        case "SelfSubjectRulesReview":
            return {
                "resourceRules": [_EVERYTHING],
                "nonResourceRules": [_EVERY_PATH],
                "incomplete": False,
            }
        case "TokenReview":
            return {"authenticated": True, "user": ADMIN}
        case _:
            raise method_not_allowed()
