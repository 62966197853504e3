"""What charts and values are refused for."""

from __future__ import annotations

from typing import Literal

from shared.problem import Problem

Stage = Literal["name", "load", "values", "render", "parse", "limit", "engine", "release"]
"""Where it went wrong: the release's name, the chart, its values, a template, what a template made,
a limit on time or memory, the engine itself, or an action on the release."""


class HelmError(Problem):
    """A chart cannot be rendered or released, or values are none. The words are Helm's where Helm
    has some."""

    def __init__(self, stage: Stage, message: str) -> None:
        super().__init__(message)
        self.stage: Stage = stage


class Untraceable(HelmError):
    """The version of a chart cannot tell which artifact it came from."""

    def __init__(self, message: str) -> None:
        super().__init__("load", message)


class Overtaken(HelmError):
    """A wait was ended, because there is something newer to release."""

    def __init__(self) -> None:
        super().__init__("release", "there is something newer to release: the wait has ended")
