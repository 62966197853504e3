"""Why an apply or update of field ownership is refused, in the API server's words."""

from collections.abc import Iterable

from apiserver.fieldset import FieldSet, Path
from apiserver.managed_fields import Identity
from apiserver.path_element import path_text


class ApplyConflict(Exception):
    """Others own, with other values, what is applied: HTTP 409 with a cause a field.

    `conflicts` holds for each field the manager's text (`"kubectl-client-side-apply" using
    apps/v1`) and the path (`.spec.replicas`). The text of the exception is the message of the
    Status.
    """

    def __init__(self, fields: Iterable[tuple[Identity, Path]]) -> None:
        """Take whose field each is."""
        self.fields = tuple(sorted(fields, key=lambda each: each[0].rank()))
        self.conflicts = tuple((owner.text(), path_text(path)) for owner, path in self.fields)
        super().__init__(_message(self.conflicts))


class BadConfiguration(Exception):
    """What is applied cannot be: HTTP 400. The text is the message of the Status."""


class TypeMismatch(Exception):
    """What is applied or stored is not of its type: HTTP 500, as the API server has it."""


def conflicts_of(owners: dict[Identity, FieldSet]) -> ApplyConflict:
    """Return the conflict over these fields."""
    return ApplyConflict((owner, path) for owner, fields in owners.items() for path in fields)


def _message(conflicts: tuple[tuple[str, str], ...]) -> str:
    if len(conflicts) == 1:
        manager, path = conflicts[0]
        return f"Apply failed with 1 conflict: conflict with {manager}: {path}"
    lines: list[str] = []
    for manager in dict.fromkeys(manager for manager, _ in conflicts):
        lines.append(f"conflicts with {manager}:")
        lines += [f"- {path}" for owner, path in conflicts if owner == manager]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
