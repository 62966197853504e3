"""`penstock`: the verbs, and what all of them have in common."""

from __future__ import annotations

import importlib.metadata
import sys

import click

from cli.apiserver import apiserver
from cli.completion import completion
from cli.demo import demo


def version() -> str:
    """The version of this installation; that of a checkout is in its pyproject.toml."""
    try:
        return importlib.metadata.version("penstock")
    except importlib.metadata.PackageNotFoundError:
        return "checkout"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example:  penstock demo --once",
)
@click.version_option(version(), prog_name="penstock")
def penstock() -> None:
    """GitOps with Flux's own APIs: what Git says, clusters run."""


penstock.add_command(demo)
penstock.add_command(apiserver)
penstock.add_command(completion)


def main() -> None:
    """The console script. Exit codes: 0 done, 1 it did not come to be, 2 a wrong command line."""
    sys.exit(penstock(prog_name="penstock"))


if __name__ == "__main__":
    main()
