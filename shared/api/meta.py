"""Shapes that every custom resource has in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.api.field import Int64, Several, Text, TextMap, Timestamp


class ApiModel(BaseModel):
    """A piece of a custom resource: camelCase on the wire, frozen, unknown fields ignored.

    The docstring below a field is its description in the CRD.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class Condition(ApiModel):
    """One observation about an object, as a controller last made it."""

    type: str = Field(
        json_schema_extra={
            "maxLength": 316,
            "pattern": r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        }
    )
    """What the observation is about, such as Ready."""

    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""

    reason: str = Field(
        json_schema_extra={
            "minLength": 1,
            "maxLength": 1024,
            "pattern": r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
        }
    )
    """One word for machines: why the condition is what it is."""

    message: str = Field(json_schema_extra={"maxLength": 32768})
    """A sentence for people: what happened, and where."""

    observed_generation: Int64 | None = Field(None, json_schema_extra={"minimum": 0})
    """The generation of the object that was observed."""

    last_transition_time: Timestamp
    """When the condition last said something new."""


class ObjectMeta(ApiModel):
    """The part of metadata that a controller reads."""

    name: str
    """The name of the object."""

    namespace: Text = ""
    """The namespace of the object."""

    uid: Text = ""
    """What tells this object from an earlier one of the same name."""

    generation: int = 0
    """Counts the changes of the spec."""

    resource_version: Text = ""
    """Changes with every write of the object."""

    labels: TextMap = Field(default_factory=dict)
    """What objects are selected by."""

    annotations: TextMap = Field(default_factory=dict)
    """What tools keep with the object."""

    finalizers: Several[str] = ()
    """Who still has to clean up before the object may go."""

    creation_timestamp: Timestamp | None = None
    """When the object was made."""

    deletion_timestamp: Timestamp | None = None
    """When its deletion was asked for; None while it lives."""
