"""What an attempt at a HelmRelease is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from helm_controller.account import Attempted
from helm_controller.chart import Chart
from helm_controller.config_digest import config_digests
from helm_controller.decision import Wanted
from helm_controller.post_render import common_metadata_digest, post_renderers_digest
from helm_controller.target import target_of
from shared.api.helm_release import HelmRelease
from shared.artifact.digest import DEFAULT
from shared.manifest.identity import Manifest


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a release is made of."""

    chart: Chart
    values: Manifest


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted, of what, and how people call it. `about`: what events are about."""

    made_of: Ingredients
    wanted: Wanted
    attempted: Attempted
    about: dict[str, str]

    @property
    def changes(self) -> dict[str, object]:
        """What the status remembers of the changes that are made to what is rendered."""
        return {
            "observed_post_renderers_digest": self.wanted.post_renderers_digest,
            "observed_common_metadata_digest": self.wanted.common_metadata_digest,
        }


def task_of(hr: HelmRelease, made_of: Ingredients, digest: str, algorithm: str = DEFAULT) -> Task:
    """The task of an attempt. `digest`: that of the artifact, where the source names one;
    `algorithm`: what checksums are made by. CPU bound where there are many values."""
    chart, digests = made_of.chart, config_digests(made_of.values)
    wanted = Wanted(
        chart.name,
        chart.version,
        digests[algorithm],
        post_renderers_digest(hr, algorithm),
        common_metadata_digest(hr, algorithm),
        frozenset(digests.values()),
    )
    full_name = target_of(hr).full_name
    attempted = Attempted(full_name, chart.name, chart.version, digest, algorithm)
    about = {
        "revision": chart.version,
        "token": wanted.config_digest,
        "app-version": chart.app_version,
        "oci-digest": digest,
    }
    return Task(made_of, wanted, attempted, {key: one for key, one in about.items() if one})
