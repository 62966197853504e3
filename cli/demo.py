"""`penstock demo`: a GitOps cluster on this machine, with a sample repository or one's own."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import click

from cli.demonstration import Demo, demonstrate
from cli.show import Show
from shared.problem import Problem
from shared.runtime import log
from shared.runtime.main import problems_in

EXAMPLE = """\b
Examples:
  penstock demo --once
  penstock demo --repo https://github.com/stefanprodan/podinfo --path kustomize --ref master
  penstock demo --repo . --path deploy
"""


@click.command(epilog=EXAMPLE)
@click.option("--repo", metavar="URL_OR_PATH", help="A repository instead of the sample.")
@click.option("--path", metavar="DIR", help="The directory of the repository to apply.")
@click.option("--ref", metavar="BRANCH", default="main", show_default=True, help="Its branch.")
@click.option("--once", is_flag=True, help="End when all is ready (exit code 0) or is not (1).")
@click.option(
    "--timeout",
    type=int,
    default=60,
    show_default=True,
    help="Seconds until all has to be ready.",
)
@click.option("--port", type=int, default=0, help="The API server's port.  [default: any]")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the kubeconfig and the sample repository go.  [default: a temporary directory]",
)
@click.option("--verbose", is_flag=True, help="Show what the controllers log.")
def demo(
    repo: str | None,
    path: str | None,
    ref: str,
    once: bool,
    timeout: int,
    port: int,
    directory: Path | None,
    verbose: bool,
) -> None:  # fmt: skip
    """Start an API server and the controllers, and let them follow a repository.

    Without --repo it is a small sample: a namespace, and then a shop that depends on it. Everything
    runs in this process, listens on this machine only, and is gone when it ends.
    """
    log.configure("info" if verbose else "error", "console")
    place = directory or Path(tempfile.mkdtemp(prefix="penstock-demo-"))
    plan = Demo(place, repo or "", path or "", ref, once, timedelta(seconds=timeout), port)
    try:
        code = asyncio.run(_until_interrupted(plan))
    except (BaseExceptionGroup, Problem) as ending:
        problems = problems_in(ending)
        if not problems:
            raise
        raise click.ClickException("; ".join(map(str, problems))) from None
    finally:
        if directory is None:
            shutil.rmtree(place, ignore_errors=True)
    sys.exit(code)


async def _until_interrupted(plan: Demo) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return await demonstrate(plan, Show.on_standard_output(), stop)
