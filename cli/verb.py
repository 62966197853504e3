"""The verbs of the command, each in the module of its name and imported when it is asked for: a
build need not wait until all that a demo needs is loaded."""

from __future__ import annotations

from importlib import import_module

import click

VERBS = ("apiserver", "completion", "demo", "helm", "kustomize")


class Verbs(click.Group):
    """A group whose commands are those of VERBS, and those that are added to it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all verbs."""
        return sorted({*VERBS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None where there is none."""
        if cmd_name not in VERBS:
            return super().get_command(ctx, cmd_name)
        found = getattr(import_module(f"cli.{cmd_name}"), cmd_name)
        return found if isinstance(found, click.Command) else None
