"""What a build says when it cannot go on."""

from __future__ import annotations

from shared.problem import Problem


class BuildError(Problem):
    """The tree does not build. Says what kustomize says in substance, and where, if it is known.

    `path` is the file (relative to the tree) the trouble was found in, `line` its line from 1.
    """

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def under(self, prefix: str) -> BuildError:
        """The same trouble, told with what was going on around it."""
        return type(self)(f"{prefix}: {self.message}", path=self.path, line=self.line)

    def at(self, path: str) -> BuildError:
        """The same trouble in a file by its path in the tree; the line stays."""
        return type(self)(self.message, path=path, line=self.line)

    def __str__(self) -> str:
        if not self.path or self.path in self.message:
            return self.message
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{self.message} (in {where})"
