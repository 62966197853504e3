"""One file of objects that a build has read, and what became of them: enough to do it again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kustomize.identity import Id
from kustomize.manifest_file import resources_of
from kustomize.origin import Origin
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.run import Course
from kustomize.scope import Scope


@dataclass(frozen=True, slots=True)
class Load:
    """A file by its `path` in the tree, and as the kustomization `called` it. `resources` are its
    objects, `ids` what they were called when they were read, `courses` what has worked on them."""

    path: str
    called: str
    scope: Scope
    origin: Origin | None
    resources: tuple[Resource, ...]
    ids: tuple[Id, ...]
    courses: list[Course] = field(default_factory=list)

    @classmethod
    def of(cls, text: bytes, path: str, called: str, scope: Scope, origin: Origin | None) -> Load:
        """The objects of a text. Raises BuildError where they are none, or two have one id."""
        try:
            found = resources_of(text, called, scope)
            Resources(found)
        except BuildError as error:
            raise error.at(path) from error
        for resource in found:
            resource.origin = origin
        return cls(path, called, scope, origin, tuple(found), tuple(each.id for each in found))

    @property
    def looks_around(self) -> bool:
        """Whether what became of the objects may depend on the contents of others."""
        return any(course.looks_around for course in self.courses)

    def again(self, text: bytes) -> tuple[Load, Resources]:
        """The same with another text, and those objects that are left of it when all has worked on
        them that worked on those of before. Raises BuildError."""
        new = Load.of(text, self.path, self.called, self.scope, self.origin)
        resources = Resources(new.resources, is_part=True)
        for course in self.courses:
            course.over(resources)
        return replace(new, courses=self.courses), resources
