"""What a directory comes to: objects, the configuration and the variables collected on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomize.configuration import EMPTY, Configuration
from kustomize.kustomization import Variable
from kustomize.load import Load
from kustomize.problem import BuildError
from kustomize.resources import Resources
from kustomize.run import Course


@dataclass(slots=True)
class Accumulator:
    """Grows while directories are worked through. `loads` are the files that objects came from."""

    resources: Resources = field(default_factory=Resources)
    configuration: Configuration = EMPTY
    variables: dict[str, Variable] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)

    def add(self, load: Load) -> None:
        """Add the objects of a file. Raises BuildError for ids that are there already."""
        self.resources.extend(load.resources)
        self.loads.append(load)

    def note(self, course: Course) -> None:
        """Remember what has worked on all objects that are there."""
        for load in self.loads if course.runs else ():
            load.courses.append(course)

    def take_in(self, other: Accumulator) -> None:
        """Add all of another. Raises BuildError for ids and variables that are there already."""
        self.resources.extend(other.resources)
        self.configuration = self.configuration.merged(other.configuration)
        self.loads += other.loads
        self.add_variables(tuple(other.variables.values()))

    def add_variables(self, variables: tuple[Variable, ...]) -> None:
        """Add variables. Raises BuildError for a name that is there already."""
        for variable in variables:
            if variable.name in self.variables:
                raise BuildError(f"var '{variable.name}' already encountered")
            self.variables[variable.name] = variable
