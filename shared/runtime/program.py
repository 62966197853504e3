"""A controller program: what `python -m source_controller` runs, alone or beside others."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from shared.runtime.controller import Controller
from shared.runtime.settings import fill
from shared.runtime.site import Site

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Own = TypeVar("Own", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Program:
    """One family of controllers: its name in Leases and Events (`source-controller`), the dataclass
    of its own flags, and how the chosen flags become controllers on a site."""

    component: str
    settings: type[DataclassInstance]
    controllers: Callable[[Site, argparse.Namespace], list[Controller]]


def program(
    component: str, settings: type[Own], build: Callable[[Site, Own], list[Controller]]
) -> Program:
    """The program of a `wiring.build` and its settings."""

    def controllers(site: Site, chosen: argparse.Namespace) -> list[Controller]:
        return build(site, fill(settings, chosen))

    return Program(component, settings, controllers)
