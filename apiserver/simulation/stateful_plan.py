"""Which pods of a StatefulSet come and go next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from apiserver.simulation.history import Revision
from apiserver.simulation.pod import MOST_PODS, is_ready, phase, seconds_short
from apiserver.simulation.rollout import share
from apiserver.storage import Record
from apiserver.value import Object, number, section, text

REVISION = "controller-revision-hash"


def revision_of(pod: Record) -> str:
    """The name of the revision that a pod was made by."""
    return text(pod.object, "metadata", "labels", REVISION)


def ordinal(pod: Record) -> int:
    """The number at the end of a pod's name; -1: it has none."""
    word = pod.key[1].rpartition("-")[2]
    return int(word) if word.isdecimal() else -1


def ordinals(stateful_set: Object) -> range:
    """The numbers that the pods of a set have."""
    spec = section(stateful_set, "spec")
    start = number(spec, "ordinals", "start")
    return range(start, start + min(number(spec, "replicas"), MOST_PODS))


class Plan:
    """A set, its pods by number, and the name of its newest revision."""

    def __init__(self, content: Object, pods: Iterable[Record], newest: str, now: float) -> None:
        self._spec = section(content, "spec")
        self._pods: Mapping[int, Record] = {ordinal(each): each for each in pods}
        self._newest = newest
        self._now = now
        self._wanted = ordinals(content)
        self.least = number(self._spec, "minReadySeconds")

    @property
    def _is_parallel(self) -> bool:
        return text(self._spec, "podManagementPolicy") == "Parallel"

    def _serves(self, pod: Record) -> bool:
        fit = is_ready(pod.object) and not pod.is_terminating
        return fit and not seconds_short(pod.object, self.least, self._now)

    def missing(self) -> Iterator[int]:
        """The numbers of the pods to make now: each waits for the one before it, unless the set is
        parallel."""
        for index in self._wanted:
            pod = self._pods.get(index)
            if pod is None:
                yield index
            if not self._is_parallel and (pod is None or not self._serves(pod)):
                return

    def superfluous(self) -> list[Record]:
        """The pods to delete now."""
        over = [each for each in self._pods.values() if phase(each) in ("Failed", "Succeeded")]
        going = [each for each in self._order() if ordinal(each) not in self._wanted]
        if over or going:
            return [each for each in over + self._leaving(going) if not each.is_terminating]
        return self._outdated()

    def _order(self) -> list[Record]:
        return [self._pods[index] for index in sorted(self._pods, reverse=True)]

    def _leaving(self, going: list[Record]) -> list[Record]:
        """The highest number first; the others wait, unless the set is parallel."""
        if self._is_parallel:
            return going
        kept = [self._pods.get(index) for index in self._wanted]
        all_serve = all(each is not None and self._serves(each) for each in kept)
        return going[:1] if all_serve or not kept else []

    def _outdated(self) -> list[Record]:
        """Pods of an older template, from the highest number down to the partition."""
        strategy = section(self._spec, "updateStrategy")
        if text(strategy, "type") == "OnDelete" or not self._may_update():
            return []
        rolling = section(strategy, "rollingUpdate")
        room = max(share(rolling.get("maxUnavailable") or 1, len(self._wanted), up=True), 1)
        found: list[Record] = []
        for pod in self._order():
            if self._is_kept_back(ordinal(pod)) or room <= 0:
                break
            is_old = revision_of(pod) != self._newest
            if is_old and not pod.is_terminating:
                found.append(pod)
            room -= is_old or not self._serves(pod)
        return found

    def _may_update(self) -> bool:
        """Whether all pods are there and serve: an ordered set changes nothing before."""
        pods = [self._pods.get(index) for index in self._wanted]
        return self._is_parallel or all(each is not None and self._serves(each) for each in pods)

    def _is_kept_back(self, index: int) -> bool:
        partition = number(self._spec, "updateStrategy", "rollingUpdate", "partition")
        return index < self._wanted.start + partition

    def chosen(self, index: int, newest: Revision, before: Revision) -> Revision:
        """The revision by which a pod is made: below the partition it is the one before."""
        return before if self._is_kept_back(index) else newest
