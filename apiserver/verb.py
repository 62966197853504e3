"""What each verb does: from a call to an answer. All of it happens between two awaits, so every
request sees and leaves a consistent cluster."""

from __future__ import annotations

from apiserver import cause, deletion, scale
from apiserver.access.rights import Rights
from apiserver.apply import applied
from apiserver.body import YAML, parse_object
from apiserver.call import Answer, Call
from apiserver.cluster import Cluster
from apiserver.conversion import present
from apiserver.deletion import DeleteOptions
from apiserver.form import Page
from apiserver.listing import page_of, selection_of
from apiserver.patch import APPLY_PATCH, form_of, patched
from apiserver.refusal import (
    Cause,
    bad_request,
    conflict,
    invalid,
    invalid_options,
    method_not_allowed,
    no_such_resource,
    not_found,
    subject,
)
from apiserver.resource import Resource
from apiserver.route import flag, whole
from apiserver.storage import Record
from apiserver.strategy import Strategies
from apiserver.value import Object, copy_of, text
from apiserver.write import Writing, create, update, warned


class Verbs:
    """The verbs on one cluster."""

    def __init__(self, cluster: Cluster, strategies: Strategies, rights: Rights) -> None:
        self._cluster = cluster
        self._strategies = strategies
        self._rights = rights

    def get(self, call: Call) -> Answer:
        """Read an object or one of its subresources. Raises a 404."""
        live = self._live(call)
        if call.target.subresource == "scale":
            content = present(call.resource, live.object)
            scale.require_count(call.resource, content)
            return Answer(scale.of(call.resource, content))
        return Answer(live)

    def list(self, call: Call) -> Page:
        """Read what is selected."""
        selection = selection_of(call.query, call.resource, call.target)
        return page_of(self._cluster, call.resource, selection, call.query)

    def create(self, call: Call) -> Answer:
        """Store a new object, answer a question such as a SelfSubjectAccessReview, or issue a
        token."""
        content = parse_object(call.body, call.content_type)
        if call.resource.traits.verbs == ("create",):
            return Answer(self._review(call, content), 201)
        if call.target.subresource == "token":
            return Answer(self._rights.tokens.answer(call.resource, self._live(call), content), 201)
        if not call.resource.namespaced and call.target.namespace:
            raise not_found(call.resource, call.target.name)
        writing = self._writing(call, "CreateOptions")
        with warned(writing):
            writing.read(content)
            return Answer(create(writing, content), 201, writing.warnings)

    def _review(self, call: Call, content: Object) -> Object:
        reviews, namespace = self._rights.reviews, call.target.namespace
        return reviews.answer(call.resource, content, call.user, namespace)

    def update(self, call: Call) -> Answer:
        """Replace an object; a few kinds are created where there is none."""
        content = parse_object(call.body, call.content_type)
        writing = self._writing(call, "UpdateOptions")
        with warned(writing):
            if writing.subresource != "scale":
                writing.read(content)
            live = self._cluster.find(call.resource, call.target.namespace, call.target.name)
            if live is None:
                return self._create_by_update(call, writing, content)
            return Answer(self._update(writing, live, content), 200, writing.warnings)

    def _create_by_update(self, call: Call, writing: Writing, content: Object) -> Answer:
        if not call.resource.traits.create_on_update or call.target.subresource:
            raise not_found(call.resource, call.target.name)
        if uid := text(content, "metadata", "uid"):
            raise conflict(call.resource, call.target.name, _no_object_of(uid))
        return Answer(create(writing, content), 201, writing.warnings)

    def patch(self, call: Call) -> Answer:
        """Change an object by a patch of any type. Raises a 415 for an unknown one."""
        form = form_of(call.content_type, call.resource)
        if form == APPLY_PATCH:
            return self._apply(call)
        if flag(call.query, "force"):
            why = "may not be specified for non-apply patch"
            raise invalid_options("PatchOptions", cause.forbidden("force", why))
        live = self._live(call)
        current = present(call.resource, live.object)
        if call.target.subresource == "scale":
            current = scale.of(call.resource, current)
        writing = self._writing(call, "PatchOptions")
        writing.form = "patch"
        content = patched(current, call.body, form, call.resource.schema.root)
        with warned(writing):
            _require_kind(call.resource, content)
            if writing.subresource != "scale":
                writing.read(content)
            _require_metadata(call.resource, live, content)
            _require_same_uid(call.resource, live, content)
            return Answer(self._update(writing, live, content), 200, writing.warnings)

    def _apply(self, call: Call) -> Answer:
        """Server-side apply: creates the object where there is none."""
        live = self._cluster.find(call.resource, call.target.namespace, call.target.name)
        may_begin = not call.target.subresource or call.resource.traits.create_on_update
        if live is None and not may_begin:
            raise not_found(call.resource, call.target.name)
        writing = self._writing(call, "PatchOptions")
        writing.form = "apply"
        current = present(call.resource, live.object) if live else None
        content = applied(writing, current, parse_object(call.body, YAML))
        if live is None and call.target.subresource:
            raise not_found(call.resource, call.target.name)
        with warned(writing):
            if live is not None:
                return Answer(self._update(writing, live, content), 200, writing.warnings)
            if uid := text(content, "metadata", "uid"):
                raise conflict(call.resource, call.target.name, _no_object_of(uid))
            return Answer(create(writing, content), 201, writing.warnings)

    def _update(self, writing: Writing, live: Record, content: Object) -> Record | Object:
        if writing.subresource != "scale":
            return update(writing, live, content)
        current = copy_of(present(writing.resource, live.object))
        scaled = update(writing, live, scale.put(writing.resource, current, content))
        return scale.of(writing.resource, scaled.object)

    def delete(self, call: Call) -> Answer:
        """Delete an object, or mark it for deletion. Raises a 404 or 409."""
        live = self._live(call)
        last, gone = deletion.delete(self._cluster, call.resource, live, _delete_options(call))
        if not gone or call.resource.traits.returns_deleted:
            return Answer(last)
        return Answer(_deleted(call.resource, live))

    def delete_collection(self, call: Call) -> Page:
        """Delete what is selected. Answers what was there."""
        page = self.list(call)
        options = _delete_options(call)
        for live in page.records:
            deletion.delete(self._cluster, call.resource, live, options)
        return page

    def _live(self, call: Call) -> Record:
        return self._cluster.get(call.resource, call.target.namespace, call.target.name)

    def _writing(self, call: Call, options: str) -> Writing:
        rules = self._rights.strategies(call.resource, call.user, self._strategies)
        return Writing(self._cluster, call.resource, call.target, call.options(options), rules)


def _require_kind(resource: Resource, content: Object) -> None:
    """A patch leaves an object its kind. Go fills in one word of a built-in kind."""
    told = [bool(text(content, key)) for key in ("apiVersion", "kind")]
    if not all(told) if resource.is_custom else not any(told):
        raise bad_request(f"a patch may not take the kind of a {resource.kind}")
    metadata = content.get("metadata")
    if not isinstance(metadata, dict | None):
        shown = cause.invalid("patch", metadata, "the metadata of an object is an object")
        raise invalid(resource, "", [shown])


def _require_metadata(resource: Resource, live: Record, content: Object) -> None:
    """A patch leaves an object its name."""
    if not text(content, "metadata", "name"):
        raise bad_request(
            f"the name of the object ({live.key[1]} based on URL) was undeterminable: name must be "
            "provided"
        )


def _require_same_uid(resource: Resource, live: Record, content: Object) -> None:
    """A patch may not change the uid; an update with another one is a failed precondition."""
    uid = text(content, "metadata", "uid")
    if uid and uid != live.uid:
        told = f'Invalid value: "{uid}": field is immutable'
        cause = Cause("metadata.uid", "FieldValueInvalid", told)
        raise invalid(resource, live.key[1], [cause])


def _no_object_of(uid: str) -> str:
    return (
        f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
    )


def _delete_options(call: Call) -> DeleteOptions:
    body: Object = {}
    if call.body:
        body = parse_object(call.body, call.content_type)
        if text(body, "kind") not in ("", "DeleteOptions"):
            told = f'no kind "{text(body, "kind")}" is registered for version '
            raise bad_request(f'{told}"{text(body, "apiVersion")}"')
    for key in ("propagationPolicy", "orphanDependents"):
        if value := call.query.get(key, ""):
            body[key] = value if key == "propagationPolicy" else value == "true"
    if (grace := whole(call.query, "gracePeriodSeconds")) is not None:
        body["gracePeriodSeconds"] = grace
    if "dryRun" in call.query:
        body["dryRun"] = [call.query["dryRun"]]
    return deletion.options_of(body)


def _deleted(resource: Resource, live: Record) -> Object:
    details = subject(resource, live.key[1])
    details["uid"] = live.uid
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


_USUAL = ("get", "patch", "update")
_PART_VERBS = {"token": ("create",)}
"""The verbs of subresources."""


def require(call: Call, verb: str) -> None:
    """Raises a 405 where the resource has no such verb, a 404 where no such subresource."""
    traits, part = call.resource.traits, call.target.subresource
    has_part = {
        "": True,
        "status": traits.status,
        "scale": traits.scale is not None,
        "finalize": call.resource.kind == "Namespace",
        "approval": call.resource.kind == "CertificateSigningRequest",
        "token": call.resource.kind == "ServiceAccount",
    }
    if not has_part.get(part, False):
        if call.resource.is_custom:
            raise not_found(call.resource, call.target.name)
        raise no_such_resource()
    if verb not in traits.verbs or (part and verb not in _PART_VERBS.get(part, _USUAL)):
        raise method_not_allowed()
