"""ControllerRevisions: every template that a StatefulSet or a DaemonSet has had, in order.

`kubectl rollout history` and `undo` read them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apiserver.cluster import Cluster
from apiserver.simulation.office import Office, reference
from apiserver.simulation.revision import hash_of
from apiserver.storage import Record
from apiserver.value import Object, copy_of, number, section, text


@dataclass(frozen=True, slots=True)
class Revision:
    """One template in the history. `hash` stands for it in labels, `name` names its object."""

    hash: str
    name: str
    template: Object


class Histories:
    """The ControllerRevisions of one kind of workload."""

    def __init__(self, cluster: Cluster, label: str) -> None:
        """`label`: the key under which a revision has its hash."""
        self._revisions = Office(cluster, "apps", "ControllerRevision")
        self._label = label

    def current(self, owner: Record) -> Revision:
        """The revision of a workload's template: a new one, or an old one that is the newest
        again."""
        template = section(owner.object, "spec", "template")
        mark = hash_of(template)
        name = f"{owner.key[1]}-{mark}"
        known = self._revisions.owned(owner)
        newest = max((_number(each) for each in known if each.key[1] != name), default=0)
        there = next((each for each in known if each.key[1] == name), None)
        if there is None:
            self._revisions.create(self._new(owner, name, mark, newest + 1))
        elif _number(there) < newest:
            content = copy_of(there.object)
            content["revision"] = newest + 1
            self._revisions.update(there, content)
        return Revision(mark, name, template)

    def named(self, owner: Record, name: str) -> Revision | None:
        """The revision of that name, where it is still known."""
        found = self._revisions.find((owner.key[0], name))
        if found is None:
            return None
        template = copy_of(section(found.object, "data", "spec", "template"))
        template.pop("$patch", None)
        return Revision(text(found.object, "metadata", "labels", self._label), name, template)

    def trim(self, owner: Record, used: Collection[str]) -> None:
        """Forget the oldest revisions, but those that are used."""
        limit = number(owner.object, "spec", "revisionHistoryLimit", default=10)
        spare = [each for each in self._revisions.owned(owner) if each.key[1] not in used]
        for each in sorted(spare, key=_number)[: max(len(spare) - limit, 0)]:
            self._revisions.delete(each)

    def _new(self, owner: Record, name: str, mark: str, place: int) -> Object:
        template = section(owner.object, "spec", "template")
        labels = {**section(template, "metadata", "labels"), self._label: mark}
        content: Object = {
            "metadata": {
                "name": name,
                "namespace": owner.key[0],
                "labels": labels,
                "annotations": section(owner.object, "metadata", "annotations"),
                "ownerReferences": [reference(owner)],
            },
            "data": {"spec": {"template": {**template, "$patch": "replace"}}},
            "revision": place,
        }
        return copy_of(content)


def _number(revision: Record) -> int:
    return number(revision.object, "revision")
