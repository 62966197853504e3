"""`penstock completion`: what a shell has to know to complete the command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog="Example:  source <(penstock completion bash)")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    assert kind is not None  # click knows the three
    script = kind(context.find_root().command, {}, "penstock", "_PENSTOCK_COMPLETE")
    click.echo(script.source())
