"""Reading an object, with errors that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.api.field import Int64, Several, Text
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.problem import Problem

Model = TypeVar("Model", bound=BaseModel)


class MalformedObject(Problem):
    """An object does not have the shape of its kind. The message names each field that is wrong."""


def parse(model: type[Model], manifest: Mapping[str, object]) -> Model:
    """Read a manifest as `model`. Raises MalformedObject, which only a change of the object can
    mend; what the object holds is not quoted, since it may be a secret."""
    try:
        return model.model_validate(manifest)
    except ValidationError as error:
        raise MalformedObject(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    """`spec.suspend: Input should be a valid boolean; spec.url: Field required`."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in faults
    )


def _path(place: tuple[int | str, ...]) -> str:
    """`("spec", "dependsOn", 0, "name")` → `spec.dependsOn[0].name`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).lstrip(".")


class OutlineStatus(ApiModel):
    """The part of the status that every reconciled kind has."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the object."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class Outline(ApiModel):
    """An object of any reconciled kind, without its spec: enough to say what is wrong with it."""

    metadata: ObjectMeta
    """Name, namespace, generation, annotations."""

    status: OutlineStatus = OutlineStatus()
    """What was last said about it."""
