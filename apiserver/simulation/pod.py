"""A pod of a workload: how it is made, and how its workload reads it."""

from __future__ import annotations

from apiserver.clock import moment_of
from apiserver.simulation.office import reference
from apiserver.storage import Record
from apiserver.value import Object, copy_of, objects, part, section, text

SHELF = ("", "pods")
MOST_PODS = 100
"""The most pods of one workload that the simulation makes: it has no cluster to hold more."""


def pod_of(owner: Record, name: str, template: Object | None = None) -> Object:
    """A pod of a workload's template, or of an earlier one."""
    content = copy_of(section(owner.object, "spec", "template") if template is None else template)
    metadata = {**section(content, "metadata")}
    metadata |= {
        "name": name,
        "namespace": owner.key[0],
        "generateName": f"{owner.key[1]}-",
        "ownerReferences": [reference(owner)],
    }
    metadata.pop("creationTimestamp", None)
    return {"metadata": metadata, "spec": part(content, "spec")}


def phase(pod: Record) -> str:
    """The phase of a pod; a new one is Pending."""
    return text(pod.object, "status", "phase") or "Pending"


def is_active(pod: Record) -> bool:
    """Whether a pod is neither over nor going."""
    return phase(pod) in ("Pending", "Running") and not pod.is_terminating


def is_ready(pod: Object) -> bool:
    """Whether a pod's Ready condition is true."""
    return bool(_ready(pod))


def _ready(pod: Object) -> Object:
    for each in objects(pod, "status", "conditions"):
        if each.get("type") == "Ready" and each.get("status") == "True":
            return each
    return {}


def seconds_short(pod: Object, least: int, now: float) -> float:
    """How long a pod that is ready still has to be so until it counts as available; 0: it does
    now. `least` is its workload's minReadySeconds, `now` in seconds since 1970."""
    since = moment_of(text(_ready(pod), "lastTransitionTime"))
    if not least or since is None:
        return 0.0
    return max(since.timestamp() + least - now, 0.0)


class Crew:
    """The pods of a workload, counted."""

    def __init__(self, pods: list[Record], least: int, now: float) -> None:
        """`least`: see `seconds_short`."""
        self.pods = pods
        ready = [each.object for each in pods if is_ready(each.object)]
        short = [seconds_short(each, least, now) for each in ready]
        self.ready = len(ready)
        self.available = sum(not each for each in short)
        self.again = min((each for each in short if each), default=None)
        """In how many seconds another pod will be available."""
