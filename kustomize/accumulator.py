"""What a directory comes to: objects, the configuration and the variables collected on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomize.configuration import EMPTY, Configuration
from kustomize.kustomization import Variable
from kustomize.problem import BuildError
from kustomize.resources import Resources


@dataclass(slots=True)
class Accumulator:
    """Grows while directories are worked through."""

    resources: Resources = field(default_factory=Resources)
    configuration: Configuration = EMPTY
    variables: dict[str, Variable] = field(default_factory=dict)

    def take_in(self, other: Accumulator) -> None:
        """Add all of another. Raises BuildError for ids and variables that are there already."""
        self.resources.extend(other.resources)
        self.configuration = self.configuration.merged(other.configuration)
        self.add_variables(tuple(other.variables.values()))

    def add_variables(self, variables: tuple[Variable, ...]) -> None:
        """Add variables. Raises BuildError for a name that is there already."""
        for variable in variables:
            if variable.name in self.variables:
                raise BuildError(f"var '{variable.name}' already encountered")
            self.variables[variable.name] = variable
