"""What a request is about, in the words that decisions about it are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apiserver.refusal import Refusal
from apiserver.route import Target, flag
from apiserver.selector import parse_fields
from apiserver.value import Object

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch",
    "DELETE": "delete"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attributes:
    """A verb on a resource, or on a path that is none (then `resource` is empty)."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def whole_resource(self) -> str:
        """`pods/log`; `pods` where no subresource is meant."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def attributes_of(
    method: str, path: str, query: Mapping[str, str], target: Target | None
) -> Attributes:
    """What a request is about; `target` is what its path names, None for no resource."""
    if target is None:
        return Attributes(method.lower(), path=path)
    name = target.name
    verb = _verb(method, query, is_one=bool(name))
    if not name and verb in ("list", "watch", "deletecollection"):
        name = _selected_name(query)
    # A namespace lies in itself, so that a RoleBinding in it can grant it.
    is_namespace = not target.group and target.plural == "namespaces"
    namespace = target.name if is_namespace else target.namespace
    return Attributes(
        verb, target.group, target.version, target.plural, target.subresource, namespace, name, path
    )


def _verb(method: str, query: Mapping[str, str], *, is_one: bool) -> str:
    verb = _VERBS.get(method, method.lower())
    if verb == "get" and flag(query, "watch"):
        return "watch"
    if verb == "get" and not is_one:
        return "list"
    return "deletecollection" if verb == "delete" and not is_one else verb


def _selected_name(query: Mapping[str, str]) -> str:
    """The one name that a field selector asks for, if it does."""
    try:
        fields = parse_fields(query.get("fieldSelector", ""))
    except Refusal:
        return ""  # refused later, for what is wrong with it
    names = [
        each.values[0] for each in fields if each.key == "metadata.name" and each.operator == "in"
    ]
    return names[0] if names else ""


def forbidden(user: str, about: Attributes, why: str = "") -> Refusal:
    """403: the user may not do that."""
    because = f": {why}" if why else ""
    if not about.resource:
        message = f'forbidden: User "{user}" cannot {about.verb} path "{about.path}"{because}'
        return Refusal(403, "Forbidden", message, {})
    where = f'in the namespace "{about.namespace}"' if about.namespace else "at the cluster scope"
    told = (
        f'User "{user}" cannot {about.verb} resource "{about.whole_resource}" in API group '
        f'"{about.group}" {where}{because}'
    )
    qualified = f"{about.resource}.{about.group}" if about.group else about.resource
    named = f' "{about.name}"' if about.name else ""
    return Refusal(403, "Forbidden", f"{qualified}{named} is forbidden: {told}", _details(about))


def _details(about: Attributes) -> Object:
    found: Object = {"name": about.name} if about.name else {}
    if about.group:
        found["group"] = about.group
    found["kind"] = about.resource
    return found
