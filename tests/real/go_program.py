"""Programs of others that the tests are held against, built from Go into a user cache.

A program is a folder with go.mod, go.sum and Go files, or, where it is a package of somebody else,
with the first two alone. What was built is kept under a key made of
these files, the flags and the Go release, so it is built once on a machine, whatever checkout
asks, and again only when one of them changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.problem import Problem
from tests.real.go_source import Completion, SourceError

Say = Callable[[str], None]
"""Takes one line of progress."""

PACKAGES_A_LINE = 200
SHOWN_OF_A_FAILURE = 30


class BuildError(Problem):
    """A Go program cannot be built here; the message says why."""


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A program in `folder`, called `name` once built. `linking` are the linker's flags, `package`
    is the path of another's program that the go.mod of the folder names as a tool; `completion`
    says what is missing in its source."""

    name: str
    folder: Path
    linking: tuple[str, ...] = ()
    package: str = "."
    completion: Completion | None = None

    def binary(self) -> Path:
        """Where the program is, or will be once it is built. Raises BuildError without Go."""
        return cache() / self.name / self._key() / self.name

    def build(self, say: Say) -> Path:
        """Build the program unless it is there, and say how it goes.

        Two callers do not both build: the second waits for the first. The file appears whole or
        not at all. Raises BuildError.
        """
        binary = self.binary()
        if binary.exists():
            return binary
        binary.parent.mkdir(parents=True, exist_ok=True)
        with _locked(binary.parent / "lock", say):
            if not binary.exists():
                self._compile(binary, say)
        return binary

    def _key(self) -> str:
        digest = hashlib.sha256(_go_release(self.folder).encode())
        sources = sorted(self.folder.glob("*.go")) if self.package == "." else []
        for part in (self.folder / "go.mod", self.folder / "go.sum", *sources):
            digest.update(part.read_bytes())
        digest.update("\0".join(self.linking).encode())
        digest.update(self.package.removeprefix(".").encode())
        digest.update(str(self.completion or "").encode())
        return digest.hexdigest()[:16]

    def _compile(self, binary: Path, say: Say) -> None:
        """Build beside the place, then rename."""
        with tempfile.TemporaryDirectory(dir=binary.parent, prefix="building-") as beside:
            made = Path(beside) / self.name
            command = ["build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly"]
            command += ["-ldflags", " ".join(self.linking), "-o", str(made)]
            command += [*self._completed(Path(beside)), self.package]
            with subprocess.Popen(
                [go(), *command],
                cwd=self.folder,
                env={**os.environ, "CGO_ENABLED": "0"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as compiler:
                assert compiler.stderr is not None
                last = _follow(compiler.stderr, say)
            if compiler.returncode:
                raise BuildError(f"`go build` in {self.folder} failed:\n{last}")
            made.replace(binary)

    def _completed(self, beside: Path) -> list[str]:
        if self.completion is None:
            return []
        try:
            return self.completion.flags(go(), self.folder, beside)
        except SourceError as error:
            raise BuildError(str(error)) from error


def go() -> str:
    """The go command. Raises BuildError where there is none."""
    found = shutil.which("go")
    if found is None:
        raise BuildError("Go is not installed: there is no `go` on the PATH")
    return found


def cache() -> Path:
    """`penstock` in the user's cache directory."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "penstock"


def _go_release(folder: Path) -> str:
    """Release and platform; the go.mod of the folder may choose another release than the PATH."""
    asked = subprocess.run([go(), "version"], cwd=folder, capture_output=True, text=True)
    if asked.returncode:
        raise BuildError(f"`go version` in {folder} failed: {asked.stderr.strip()}")
    return asked.stdout.strip()


def _follow(lines: Iterator[str], say: Say) -> str:
    """A line of progress for each two hundred packages; the end of it, should it be an error."""
    last: deque[str] = deque(maxlen=SHOWN_OF_A_FAILURE)
    for number, line in enumerate(lines, start=1):
        last.append(line)
        if number % PACKAGES_A_LINE == 0:
            say(f"  {number} packages; now {line.strip()}")
    return "".join(last).strip()


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build of the same program ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def built(program: GoProgram, cost: str, say: Say) -> int:
    """Build a program where it is not there yet, having said what that costs, and print where it
    is. The exit code: 1 where it cannot be built, which is said too."""
    try:
        binary = program.binary()
        if not binary.exists():
            say(cost.format(cache=binary.parent))
        sys.stdout.write(f"{program.build(say)}\n")
    except BuildError as error:
        say(f"{program.name} is not there: {error}")
        return 1
    return 0
