"""The program that renders: which one there is, how it is started, and what it gets to see.

Two speak the lines of helm_controller/rendering.py. The **helper** is a static program in Go around
Helm itself (helm_controller/helper). The **library** is Helm's engine as a C library, in a Python
process (helm_controller/engine_worker.py); it is there wherever the `helm` extra is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helm_controller.problem import HelmError

MIB = 2**20

HELPER = "penstock-helm"
"""What the helper is called where it is on the PATH."""
PLACE = "PENSTOCK_HELM_HELPER"
"""The variable that says where the helper is, if it is not on the PATH."""
ENGINES = ("auto", "library", "helper")
"""What can be asked for; `auto` is the helper where there is one."""

# Address space that Go reserves and does not use: 1.6 GiB under Python and threads of C, 1.3 alone.
_RESERVED = 1640 * MIB
_SPARED = 320 * MIB
_LEAST = 64 * MIB
_NOWHERE = "/nonexistent"


@dataclass(frozen=True, slots=True)
class EngineProgram:
    """How a worker is started. `spared`: bytes of address space that it reserves less than the
    library; its limit is so much lower, and what it has to use is the same."""

    name: str
    words: tuple[str, ...]
    spared: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)

    def command(self, memory: int, seconds: int) -> list[str]:
        """The command line of a worker that may have so much memory, in bytes, and so many seconds
        of processor time an order."""
        return [*self.words, str(memory - self.spared), str(seconds)]

    def environment(self, memory: int) -> dict[str, str]:
        """No credential, no home, no kubeconfig: a template could read what is there. Go clears up
        before the limit is reached."""
        return {
            "PATH": os.defpath,
            "HOME": _NOWHERE,
            "GOMAXPROCS": "2",
            "GOTRACEBACK": "none",
            "GOMEMLIMIT": str(max(_LEAST, (memory - _RESERVED) * 3 // 4)),
            **self.variables,
        }


LIBRARY = EngineProgram(
    "library",
    (sys.executable, "-P", "-m", "helm_controller.engine_worker"),
    variables={
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    },
)


def helper(path: Path) -> EngineProgram:
    """The helper that is at a place."""
    return EngineProgram("helper", (str(path),), _SPARED)


def program_of(engine: str, environment: Mapping[str, str]) -> EngineProgram:
    """The program for what is asked for (one of `ENGINES`). Raises HelmError where that is none of
    them, or is the helper and there is none."""
    if engine not in ENGINES:
        known = ", ".join(ENGINES)
        raise HelmError("engine", f"no engine of Helm's is called {engine!r}: there are {known}")
    if engine == "library":
        return LIBRARY
    found = _found(environment)
    if found is not None:
        return helper(found)
    if engine == "auto":
        return LIBRARY
    raise HelmError(
        "engine", f"the helper is not there: {PLACE} names none, and no {HELPER} is on the PATH"
    )


def _found(environment: Mapping[str, str]) -> Path | None:
    """Raises HelmError where a helper is named that cannot be run: nobody would notice."""
    named = environment.get(PLACE)
    if not named:
        on_path = shutil.which(HELPER, path=environment.get("PATH", os.defpath))
        return Path(on_path).resolve() if on_path else None
    if not os.access(named, os.X_OK):
        raise HelmError("engine", f"{PLACE} names {named}, which is no program that can be run")
    return Path(named).resolve()
