"""What is said of a text that is not YAML, or not YAML that we are willing to read."""

from __future__ import annotations

from shared.problem import Problem


class DocumentError(Problem):
    """A text is not YAML, or is more than this process is willing to read.

    `path` is the file it came from (as the caller named it), `line` the line from 1, 0 if unknown.
    """

    def __init__(self, message: str, *, path: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.message}" if where else self.message
