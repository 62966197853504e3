"""The controller programs there are, by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Mapping

import helm_controller.wiring
import kustomize_controller.wiring
import source_controller.wiring
from shared.runtime.program import Program

PROGRAMS: Mapping[str, Program] = {
    "source": source_controller.wiring.PROGRAM,
    "kustomize": kustomize_controller.wiring.PROGRAM,
    "helm": helm_controller.wiring.PROGRAM,
}
