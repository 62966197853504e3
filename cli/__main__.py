"""`penstock`: the verbs, and what all of them have in common."""

from __future__ import annotations

import importlib.metadata
import sys

import click

from cli.verb import Verbs


def version() -> str:
    """The version of this installation; that of a checkout is in its pyproject.toml."""
    try:
        return importlib.metadata.version("penstock")
    except importlib.metadata.PackageNotFoundError:
        return "checkout"


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example:  penstock demo --once",
)
@click.version_option(version(), prog_name="penstock")
def penstock() -> None:
    """GitOps with Flux's own APIs: what Git says, clusters run."""


def main() -> None:
    """The console script. Exit codes: 0 done, 1 it did not come to be, 2 a wrong command line."""
    sys.exit(penstock(prog_name="penstock"))


if __name__ == "__main__":
    main()
