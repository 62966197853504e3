"""In whose hand objects are written, and whose fields are taken over on the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.manifest.identity import Manifest, metadata, section, text
from shared.manifest.managed_fields import Claim, entries_of, has_claims, taken_over
from shared.operation.mark import Marks


@dataclass(frozen=True, slots=True)
class Writer:
    """One who applies. `marks`: by which its objects are known; `claims`: the writers whose fields
    it takes over."""

    marks: Marks
    claims: frozenset[Claim] = frozenset()

    @property
    def manager(self) -> str:
        """The field manager of what it applies."""
        return self.marks.manager

    def cleanup_of(self, live: Manifest) -> list[Manifest]:
        """JSON patch operations that make fields of the claimed writers its own, and take off what
        they kept there; none where there is nothing to take over. They fail if the object has
        changed."""
        operations: list[Manifest] = []
        if has_claims(live, self.claims):
            entries = taken_over(entries_of(live), self.claims, self.manager)
            operations.append(
                {"op": "replace", "path": "/metadata/managedFields", "value": entries}
            )
        for place, key in self.marks.leftovers:
            if key in section(metadata(live), place):
                name = key.replace("/", "~1")
                operations.append({"op": "remove", "path": f"/metadata/{place}/{name}"})
        if not operations:
            return []
        version = text(metadata(live), "resourceVersion")
        return [{"op": "test", "path": "/metadata/resourceVersion", "value": version}, *operations]
