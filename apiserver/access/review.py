"""Kinds that answer a question and are not kept: who am I, who is that, may I, may they."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apiserver.access.account_token import ISSUER, TokenError
from apiserver.access.attribute import Attributes
from apiserver.access.authentication import Authentication
from apiserver.access.identity import User
from apiserver.access.policy import Authoriser
from apiserver.go_json import go_json
from apiserver.refusal import Cause, Refusal, bad_request, method_not_allowed
from apiserver.resource import Resource
from apiserver.value import Object, part, section, strings, text

_GROUP = "authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Reviews:
    """Answers reviews."""

    authentication: Authentication
    authoriser: Authoriser

    def answer(self, resource: Resource, content: Object, user: User, namespace: str) -> Object:
        """The object with its status filled in. Raises a 400, a 422, or a 405 for a kind that has
        no answer here."""
        table: dict[str, Callable[[Object, User], Object]] = {
            "SelfSubjectReview": self._self,
            "TokenReview": self._token,
            "SelfSubjectAccessReview": self._own_access,
            "SubjectAccessReview": self._access,
            "LocalSubjectAccessReview": self._access,
            "SelfSubjectRulesReview": self._rules,
        }
        if resource.kind not in table:
            raise method_not_allowed()
        if resource.namespaced:
            _require_namespace(content, namespace)
        status = table[resource.kind](content, user)
        named: Object = {"apiVersion": resource.api_version, "kind": resource.kind}
        return {
            **named,
            "metadata": part(content, "metadata"),
            **content,
            **named,
            "status": status,
        }

    def _self(self, content: Object, user: User) -> Object:
        content["metadata"] = {"creationTimestamp": self.authentication.cluster.stamp()}
        return {"userInfo": user.as_object()}

    def _token(self, content: Object, user: User) -> Object:
        token = text(content, "spec", "token")
        if not token:
            raise bad_request("token is required for TokenReview in authentication")
        audiences = strings(content, "spec", "audiences") or [ISSUER]
        try:
            found = self.authentication.bearer(token, audiences)
        except TokenError as error:
            return {"user": {}, "error": str(error)}
        return {"authenticated": True, "user": found.as_object(), "audiences": audiences}

    def _own_access(self, content: Object, user: User) -> Object:
        return self._decision(user, _about(content))

    def _access(self, content: Object, user: User) -> Object:
        about = _about(content)
        spec = section(content, "spec")
        name, groups = text(spec, "user"), tuple(strings(spec, "groups"))
        if not name and not groups:
            raise _invalid("spec.user", '""', "at least one of user or group must be specified")
        extra = {key: tuple(strings(spec, "extra", key)) for key in section(spec, "extra")}
        return self._decision(User(name, groups, text(spec, "uid"), extra), about)

    def _decision(self, user: User, about: Attributes) -> Object:
        decision = self.authoriser.decide(user, about)
        status: Object = {"allowed": decision.allowed}
        if decision.reason:
            status["reason"] = decision.reason
        return status

    def _rules(self, content: Object, user: User) -> Object:
        namespace = text(content, "spec", "namespace")
        if not namespace:
            raise bad_request("no namespace on request")
        content["spec"] = {}
        found = self.authoriser.holdings(user, namespace)
        status: Object = {
            "resourceRules": [rule.as_object() for rule in found.rules if not rule.paths],
            "nonResourceRules": [rule.as_object() for rule in found.rules if rule.paths],
            "incomplete": False,
        }
        if found.lack:
            status["evaluationError"] = found.lack
        return status


def _about(content: Object) -> Attributes:
    """What a review asks about. Raises a 422 where that is nothing, or two things."""
    spec = section(content, "spec")
    about, other = section(spec, "resourceAttributes"), section(spec, "nonResourceAttributes")
    if "resourceAttributes" in spec and "nonResourceAttributes" in spec:
        why = "cannot be specified in combination with resourceAttributes"
        raise _invalid("spec.nonResourceAttributes", _shown(other), why)
    if "nonResourceAttributes" in spec:
        return Attributes(text(other, "verb"), path=text(other, "path"))
    if "resourceAttributes" not in spec:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _invalid("spec.resourceAttributes", "null", why)
    keys = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
    found = Attributes(*(text(about, key) for key in keys))
    # A review may ask about any resource, even about one without a name.
    return found if found.resource else Attributes(found.verb, found.group, resource=_NO_RESOURCE)


_NO_RESOURCE = "\x00"
"""A resource that only the rule for all resources names."""


def _require_namespace(content: Object, namespace: str) -> None:
    """A local review is about its own namespace. Raises a 422."""
    spec = section(content, "spec")
    if "nonResourceAttributes" in spec:
        shown = _shown(section(spec, "nonResourceAttributes"))
        why = "disallowed on this kind of request"
        raise _invalid("spec.nonResourceAttributes", shown, why)
    asked = text(spec, "resourceAttributes", "namespace")
    if "resourceAttributes" in spec and asked != namespace:
        why = "must match metadata.namespace"
        raise _invalid("spec.resourceAttributes.namespace", f'"{asked}"', why)
    part(content, "metadata")["namespace"] = namespace


def _shown(other: Object) -> str:
    return go_json({"Path": text(other, "path"), "Verb": text(other, "verb")})


def _invalid(field: str, value: str, why: str) -> Refusal:
    """422, as the real server tells it of a review: without the kind."""
    cause = Cause(field, "FieldValueInvalid", f"Invalid value: {value}: {why}")
    details: Object = {"group": _GROUP, "causes": [cause.as_object()]}
    return Refusal(422, "Invalid", f'.{_GROUP} "" is invalid: {cause}', details)
