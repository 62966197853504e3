"""When an object of a kind that Kubernetes itself does not know counts as healthy."""

from __future__ import annotations

from shared.api.field import Text
from shared.api.meta import ApiModel


class HealthExpressions(ApiModel):
    """CEL expressions that say how the objects of a kind, or of a whole API group, are doing."""

    api_version: str
    """The API version of the objects."""

    kind: Text = ""
    """The kind of the objects; by default all of the API group."""

    in_progress: Text = ""
    """True while the object is on its way."""

    failed: Text = ""
    """True when the object will not get there."""

    current: str
    """True when the object is where it should be."""
