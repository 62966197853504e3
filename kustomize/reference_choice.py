"""Which of several objects a name means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from kustomize.identity import CLUSTER, Gvk
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scalar import is_null, text_of

Same = Callable[[Sequence[Resource]], bool]
"""Whether it does not matter which of some objects is taken."""


def same_names(resources: Sequence[Resource]) -> bool:
    """Whether all are called the same."""
    return len({resource.name for resource in resources}) == 1


def same_names_and_namespaces(resources: Sequence[Resource]) -> bool:
    """Whether all are called the same and live in the same place."""
    return len({(resource.name, resource.namespace) for resource in resources}) == 1


class Choice:
    """Chooses for one referrer."""

    def __init__(self, referrer: Resource, read_in: Mapping[str, Sequence[Resource]]) -> None:
        """`read_in`: all objects of the build by the namespace they were read in."""
        self._referrer = referrer
        self._read_in = read_in

    @cached_property
    def _namespace(self) -> str:
        return self._referrer.effective_namespace

    @cached_property
    def _account_namespaces(self) -> frozenset[str]:
        """Where the service accounts of a RoleBinding live."""
        if self._referrer.gvk.kind != "RoleBinding":
            return frozenset()
        subjects = self._referrer.manifest.get("subjects")
        if not isinstance(subjects, list):
            return frozenset()
        return frozenset(filter(None, map(self._account_namespace, subjects)))

    def _account_namespace(self, subject: object) -> str | None:
        if not isinstance(subject, dict):
            raise BuildError(f'a subject of "{self._referrer.id}" is not a mapping')
        if "namespace" not in subject:
            return None
        if text_of(subject.get("kind", "")) != "ServiceAccount":
            return None
        namespace = subject["namespace"]
        if not isinstance(namespace, str):
            raise BuildError(
                f'Invalid Input: namespace is blank for resource "{self._referrer.id}"'
            )
        return namespace

    def check(self) -> None:
        """Raises BuildError where a RoleBinding names a service account without a namespace."""
        _ = self._account_namespaces

    def _reachable(self, candidate: Resource) -> bool:
        """Whether the referrer may speak of an object at all, by their namespaces."""
        if CLUSTER in (self._namespace, candidate.effective_namespace):
            return True
        return (
            candidate.effective_namespace == self._namespace
            or candidate.namespace in self._account_namespaces
        )

    def in_namespace(self, among: list[Resource], namespace: str) -> list[Resource]:
        """Those that were read in a namespace; if nothing at all was, those that are there now."""
        if namespace == CLUSTER:
            return []
        if any(map(self._reachable, self._read_in.get(namespace, ()))):
            return [one for one in among if one.original_namespace == namespace]
        return [one for one in among if one.effective_namespace == namespace]

    def of(
        self, old: str, among: list[Resource], target: Gvk, *, of_role: bool, same: Same
    ) -> Resource | None:
        """The object that `old` means, if any. Raises BuildError where it could be several."""
        found = [one for one in among if self._fits(one, target)]
        role = self._role() if of_role else None
        if role is not None:
            found = [one for one in found if any(i.gvk.selected_by(role) for i in one.former())]
        found = [one for one in found if self._near(one)]
        if len(found) == 1:
            return found[0]
        return self._by_affixes(found, same)

    def _fits(self, candidate: Resource, target: Gvk) -> bool:
        return self._reachable(candidate) and any(
            old.gvk.selected_by(target) for old in candidate.former()
        )

    def _near(self, candidate: Resource) -> bool:
        if self._namespace == CLUSTER or candidate.effective_namespace == CLUSTER:
            return True
        # A RoleBinding may speak of service accounts elsewhere.
        if candidate.gvk.kind == "ServiceAccount":
            return True
        return candidate.effective_namespace == self._namespace

    def _role(self) -> Gvk | None:
        role = self._referrer.manifest.get("roleRef")
        if not isinstance(role, dict) or "apiGroup" not in role or "kind" not in role:
            return None
        group, kind = role["apiGroup"], role["kind"]
        return Gvk(text_of(group) if not is_null(group) else "", "", text_of(kind))

    def _by_affixes(self, found: list[Resource], same: Same) -> Resource | None:
        found = [one for one in found if self._akin(one, lenient=True)]
        if len(found) > 1:
            found = [one for one in found if self._akin(one, lenient=False)]
        if not found:
            return None
        if len(found) == 1 or same(found):
            return found[0]
        ids = ", ".join(str(one.id) for one in found)
        raise BuildError(f"found multiple possible referrals: {ids}")

    def _akin(self, candidate: Resource, *, lenient: bool) -> bool:
        mine = self._referrer
        return _ends_alike(mine.prefixes, candidate.prefixes, lenient) and _ends_alike(
            mine.suffixes, candidate.suffixes, lenient
        )


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...], lenient: bool) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return lenient or not longer
    return longer[-len(shorter) :] == shorter
