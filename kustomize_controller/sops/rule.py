"""Which values of a document are encrypted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kustomize.pattern import matcher
from kustomize_controller.sops.metadata import Metadata
from kustomize_controller.sops.value import SopsProblem

Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """`fits`: what a key (or, `by_comment`, a comment before it) looks like that decides; `marks`:
    whether that means encrypted, or left as it is."""

    fits: Fits
    marks: bool
    by_comment: bool
    _active: list[list[str]] = field(default_factory=list)

    @classmethod
    def of(cls, metadata: Metadata) -> Rule:
        """The rule of a document. Raises SopsProblem for a pattern that is none."""
        pattern = metadata.pattern
        if metadata.rule.endswith("_suffix"):
            fits: Fits | None = lambda text: text.endswith(pattern)  # noqa: E731
        else:
            fits = matcher(pattern)
        if fits is None:
            raise SopsProblem(f"{metadata.rule} is no regular expression: {pattern[:200]!r}")
        return cls(fits, metadata.rule.startswith("encrypted"), "_comment_" in metadata.rule)

    @contextmanager
    def comments(self) -> Iterator[list[str]]:
        """The comments before the next value of a branch or list, for as long as it is gone
        through."""
        own: list[str] = []
        self._active.append(own)
        yield own
        self._active.pop()

    def covers(self, path: tuple[str, ...], *, comment: bool = False) -> bool:
        """Whether what is at a path is encrypted. `comment`: it is the last comment itself, which
        its own text does not encrypt."""
        if not self.by_comment:
            return any(map(self.fits, path)) == self.marks
        texts = [text for level in self._active for text in level]
        if comment and self.marks:
            texts = texts[:-1]
        return any(map(self.fits, texts)) == self.marks
