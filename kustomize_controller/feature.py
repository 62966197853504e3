"""The feature gates of this controller, by Flux's names (reference flux.md 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

_ON, _OFF = "true", "false"


@dataclass(frozen=True, slots=True)
class Features:
    """What is switched on. `strict_substitutions`: a variable without a value fails the build;
    `config_watchers`: a labelled ConfigMap or Secret wakes those that refer to it;
    `additive_dependency_check`: a `readyExpr` is asked beside the built-in check, not in place of
    it."""

    strict_substitutions: bool = True
    config_watchers: bool = True
    additive_dependency_check: bool = False


def features(gates: str) -> Features:
    """`StrictPostBuildSubstitutions=false,DisableConfigWatchers=true` → Features. A gate of another
    version of Flux is taken and does nothing, so that its flags can stay as they are."""
    said = dict(gate.strip().partition("=")[::2] for gate in gates.split(",") if gate.strip())
    return Features(
        strict_substitutions=said.get("StrictPostBuildSubstitutions", _ON).lower() != _OFF,
        config_watchers=said.get("DisableConfigWatchers", _OFF).lower() != _ON,
        additive_dependency_check=said.get("AdditiveCELDependencyCheck", _OFF).lower() == _ON,
    )
