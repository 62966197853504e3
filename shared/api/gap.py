"""The gaps: fields that are accepted, and that this version does not act on yet.

An object that sets one is Stalled, with the field named. Ignoring it could be worse than doing
nothing: an unverified commit, Secrets applied as they were encrypted, the wrong cluster.
When a field gets its behaviour, its line goes.
"""

from __future__ import annotations

from typing import cast

from shared.api.git_repository import GitRepository
from shared.api.kustomization import Kustomization

GAPS: dict[type[GitRepository | Kustomization], tuple[str, ...]] = {
    GitRepository: (
        "spec.provider",
        "spec.serviceAccountName",
    ),
    Kustomization: (),
}


def unsupported(obj: GitRepository | Kustomization) -> tuple[str, ...]:
    """The fields set on the object that nothing is done about yet, as `spec.verify`. A field that
    says no more than its default, such as `provider: generic`, is not set."""
    said = {"spec": obj.spec.model_dump(by_alias=True, exclude_defaults=True)}
    return tuple(path for path in GAPS[type(obj)] if _says(said, path.split(".")))


def explain(fields: tuple[str, ...]) -> str:
    """The sentence for the object's condition."""
    return (
        f"this version of Penstock does not act on {', '.join(fields)} yet, and will not reconcile "
        "as if it were not there: remove it, or leave this object to a controller that knows it"
    )


def _says(node: object, steps: list[str]) -> bool:
    """Whether there is something at the end of the steps."""
    for step in steps:
        node = cast("dict[str, object]", node).get(step)
        if node is None:
            return False
    return True
