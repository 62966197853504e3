"""The next sizes of a Deployment's ReplicaSets. Pure: each answers what changes, by ReplicaSet.

Behaviour: the deployment controller's rolling update, recreation and proportional scaling.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.simulation.rollout import Rollout, available, largest, size_of
from apiserver.storage import Record

Sizes = list[tuple[Record, int]]
"""ReplicaSets, and how many pods each is to have from now on."""


def next_sizes(rollout: Rollout) -> Sizes:
    """The next step from the old pods to the new."""
    if rollout.replaces_all:
        return _replaced(rollout)
    return _grown(rollout) or _shrunk(rollout)


def _grown(rollout: Rollout) -> Sizes:
    current = rollout.current
    if current is None or size_of(current) == rollout.first_size():
        return []
    return [(current, rollout.first_size())]


def _replaced(rollout: Rollout) -> Sizes:
    if falling := [(each, 0) for each in rollout.older if size_of(each)]:
        return falling
    # Pods of the old that still end keep the new ones waiting.
    if rollout.count("replicas") > rollout.count("replicas", current=True):
        return []
    return _grown(rollout)


def _shrunk(rollout: Rollout) -> Sizes:
    """Old ReplicaSets as small as the pods that have to stay allow: what does not work goes
    first."""
    current, old = rollout.current, [each for each in rollout.older if size_of(each)]
    if not old or current is None:
        return []
    least = rollout.wanted - rollout.unavailable
    not_yet = max(size_of(current) - available(current), 0)
    spare = sum(map(size_of, rollout.sets)) - least - not_yet
    sizes = {each.key: size_of(each) for each in old}
    for each in old:
        useless = min(max(sizes[each.key] - available(each), 0), max(spare, 0))
        sizes[each.key] -= useless
        spare -= useless
    useful = min(spare, sum(map(available, rollout.sets)) - least)
    for each in old:
        fewer = min(sizes[each.key], max(useful, 0))
        sizes[each.key] -= fewer
        useful -= fewer
    return _changes(old, sizes.values())


def scaled(rollout: Rollout) -> Sizes:
    """The sizes after somebody has asked for another number of pods: where a rollout is under way,
    old and new ReplicaSets share it as they did before."""
    active = rollout.active
    if len(active) < 2:
        alone = active or ([rollout.current] if rollout.current else rollout.sets[-1:])
        return [(each, rollout.wanted) for each in alone]
    if rollout.replaces_all:
        return [(each, size_of(each)) for each in active]
    return _proportional(rollout, active)


def _proportional(rollout: Rollout, active: list[Record]) -> Sizes:
    most = rollout.wanted + rollout.surge if rollout.wanted else 0
    left = most - sum(map(size_of, active))
    newest_first = list(reversed(active)) if left > 0 else active
    order = sorted(newest_first, key=size_of, reverse=True)
    sizes = []
    for each in order:
        step = _fraction(rollout, each, most)
        step = min(step, left) if left > 0 else max(step, left)
        if (step > 0) != (left > 0):
            step = 0
        sizes.append(size_of(each) + step)
        left -= step
    sizes[0] = max(sizes[0] + left, 0)
    return list(zip(order, sizes, strict=True))


def _fraction(rollout: Rollout, replica_set: Record, most: int) -> int:
    """How many more pods a ReplicaSet is due, or how many fewer."""
    size = size_of(replica_set)
    before = largest(replica_set, rollout.count("replicas")) or 1
    return (2 * size * most + before) // (2 * before) - size


def _changes(sets: Iterable[Record], sizes: Iterable[int]) -> Sizes:
    pairs = zip(sets, sizes, strict=True)
    return [(each, size) for each, size in pairs if size != size_of(each)]
