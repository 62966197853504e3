"""From a command line to a process that reconciles until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
from collections.abc import Sequence

import structlog

from shared.problem import Problem
from shared.runtime import log as logging
from shared.runtime.allocation import give_back
from shared.runtime.process import operate
from shared.runtime.program import Program
from shared.runtime.settings import Settings, fill, parse

YOUNG = 10_000
"""New objects after which the garbage collector looks at them; Python's own number is 700."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def run(
    programs: Sequence[Program], arguments: Sequence[str], *, usage: argparse.ArgumentParser
) -> int:
    """Run programs until SIGTERM or SIGINT. The exit code: 0 when told to stop, 1 when the work
    cannot go on (no cluster, leadership lost), 2 when the command line is wrong."""
    chosen = choose(programs, arguments, usage=usage)
    flags = fill(Settings, chosen)
    logging.configure(flags.log_level, flags.log_encoding)
    give_back()
    _set_apart()
    try:
        asyncio.run(_until_signalled(programs, chosen))
    except (BaseExceptionGroup, Problem) as ending:
        problems = problems_in(ending)
        if not problems:
            raise
        for problem in problems:
            log.error("process.ended", error=str(problem))
        return 1
    return 0


def _set_apart() -> None:
    """Take what was loaded so far out of the sight of the garbage collector: a hundred thousand
    objects that never go, and a tenth of a second each time that it looks at all of them, in which
    the event loop stands still. What comes later is looked at less often, as most of it is JSON."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def usage(prog: str, description: str, example: str = "") -> argparse.ArgumentParser:
    """The parser of a controller's command line, with an example below its help."""
    shown = example or f"{prog} --kubeconfig ~/.kube/config --log-encoding console"
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=f"example:\n  {shown}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def choose(
    programs: Sequence[Program], arguments: Sequence[str], *, usage: argparse.ArgumentParser
) -> argparse.Namespace:
    """What the command line says of the common flags and of those of the programs."""
    own = [program.settings for program in programs]
    return parse(arguments, [Settings, *own], usage=usage)


async def _until_signalled(programs: Sequence[Program], chosen: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await operate(programs, chosen, stop)


def problems_in(error: BaseException) -> list[Problem]:
    """What a person should read of an error that came out of a TaskGroup: the Problems in it."""
    if isinstance(error, BaseExceptionGroup):
        return [problem for member in error.exceptions for problem in problems_in(member)]
    return [error] if isinstance(error, Problem) else []
