"""What a release costs of which nothing has moved: no request, and no rendering."""

from __future__ import annotations

import pytest

from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, ready, released

pytestmark = pytest.mark.slow
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | quote }}}
"""
CHART = {"values.yaml": "colour: red\n", "templates/a.yaml": CONFIG}


def spent(town: Town) -> dict[tuple[str, str], int]:
    """The requests so far, but those about HelmReleases: a test asks about them all the time."""
    return {
        (verb, resource): count
        for verb, resource, count in town.client.requests()
        if resource not in {"helmreleases", "events", "discovery"} and verb != "watch"
    }


@pytest.mark.parametrize("mode", ["disabled", "enabled", "warn"])
async def test_a_release_of_which_nothing_moved_costs_no_request(town: Town, mode: str):
    await town.offer(archive(CHART))
    await town.release(driftDetection={"mode": mode})
    await town.until(ready)
    await town.ask("warm")
    await town.until(handled("warm"))
    renders, before = town.renders(), spent(town)

    await town.ask("again")
    await town.until(handled("again"))

    # Somebody who asks gets a consistent list of each kind whose drift is watched; nothing else.
    lists = {("list", "configmaps"): 1} if mode != "disabled" else {}
    more = {key: count - before.get(key, 0) for key, count in spent(town).items()}
    assert {key: count for key, count in more.items() if count} == lists
    assert town.renders() == renders


async def test_a_changed_release_is_rendered_once(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)
    renders = town.renders()

    await town.change(values={"colour": "blue"})
    await town.until(released(2))

    assert town.renders() == renders + 1


async def test_what_others_do_to_the_records_is_noticed(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)
    (record,) = await town.records()

    await town.client.delete(town.secret(record.key))

    await town.until_there(town.secret(record.key))
    await town.until(ready)
    assert await town.states() == [(1, "deployed")]
    assert await town.find(town.ref("demo", CONFIG_MAP))
