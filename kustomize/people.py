"""Users and groups in role bindings that are called like a service account which was renamed.

kustomize does not look at the kind of a subject when it puts names right, and renames them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kustomize.load import Load
from kustomize.resource import Resource
from kustomize.scalar import text_of
from kustomize.warning import Warnings, line_of

BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_KINDS = ("User", "Group")


class Person(NamedTuple):
    """A subject that is no object: the binding it is in, its place there, its kind and its name."""

    binding: Resource
    place: int
    kind: str
    name: str


def people_in(resources: Iterable[Resource]) -> list[Person]:
    """All users and groups that role bindings name, as they are called now."""
    return [
        Person(resource, index, text_of(subject["kind"]), text_of(subject.get("name", "")))
        for resource in resources
        if resource.gvk.kind in BINDINGS
        for index, subject in enumerate(_subjects(resource))
        if isinstance(subject, dict) and text_of(subject.get("kind", "")) in _KINDS
    ]


def warn_of_renamed(
    before: list[Person], loads: Iterable[Load], files: Mapping[str, bytes], warnings: Warnings
) -> None:
    """Warn of those that are called otherwise by now, at the place where they were written."""
    for person in before:
        subject = _subjects(person.binding)[person.place]
        name = text_of(subject.get("name", "")) if isinstance(subject, dict) else person.name
        if name == person.name:
            continue
        path = next((load.path for load in loads if person.binding in load.resources), "")
        text = files[path].decode(errors="replace") if path in files else ""
        line = line_of(text, ("subjects", person.kind, person.name)) if text else 0
        kind = person.kind.lower()
        message = (
            f"{person.binding.id}: the {kind} {person.name} is renamed to {name} like an object"
        )
        warnings.add_at(message, path, line)


def _subjects(resource: Resource) -> list[object]:
    found = resource.manifest.get("subjects")
    return found if isinstance(found, list) else []
