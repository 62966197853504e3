"""Server-side apply: the merge itself, and how its failures are told."""

from __future__ import annotations

from apiserver import field_ownership
from apiserver.ownership_conflict import ApplyConflict, BadConfiguration, TypeMismatch
from apiserver.refusal import Cause, Refusal, bad_request, invalid_options
from apiserver.value import Object, copy_of
from apiserver.write import Writing


def applied(writing: Writing, live: Object | None, wanted: Object) -> Object:
    """The live object with a configuration applied, and its new owners of fields. Raises a 409
    where others own what would change, a 400, 422 or 500 for a configuration that cannot be."""
    if not writing.options.named_manager:
        raise _needs_manager()
    kind, version = wanted.get("kind"), writing.resource.api_version
    if writing.resource.is_custom and kind and kind != writing.resource.kind:
        raise bad_request(f"invalid object type: {version}, Kind={kind}")
    force = writing.options.force
    try:
        merged = field_ownership.apply(
            live, wanted, writing.resource.schema, writing.writer(), force=force
        )
    except ApplyConflict as conflict:
        raise _conflict(conflict) from conflict
    except BadConfiguration as error:
        raise bad_request(str(error)) from error
    except TypeMismatch as error:
        raise Refusal(500, "", str(error)) from error
    # The merge shares parts with the live object, which must stay as it is.
    return copy_of(merged)


def _needs_manager() -> Refusal:
    told = "Required value: is required for apply patch"
    cause = Cause("fieldManager", "FieldValueRequired", told)
    return invalid_options("PatchOptions", cause)


def _conflict(conflict: ApplyConflict) -> Refusal:
    causes = [
        Cause(path, "FieldManagerConflict", f"conflict with {manager}").as_object()
        for manager, path in conflict.conflicts
    ]
    return Refusal(409, "Conflict", str(conflict), {"causes": causes})
