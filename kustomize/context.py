"""What stays the same during one build."""

from __future__ import annotations

from dataclasses import dataclass, field

from kustomize import merge_keys
from kustomize.charts import Charts
from kustomize.merge_keys import Schemas
from kustomize.problem import BuildError
from kustomize.remote import Remotes
from kustomize.scope import Scope
from kustomize.warning import Warnings

MOST_DIRECTORIES = 5_000
"""Directories that one build may go through, one that is used twice counted twice."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to build.

    `anywhere`: files may be outside of the directory that names them (still in the tree), as with
    `--load-restrictor LoadRestrictionsNone`. `sort`: `legacy` orders the output by kind as the
    command does by default, `none` leaves it in the order of accumulation. `managed_by`: add the
    label `app.kubernetes.io/managed-by: kustomize-<version>`, as `buildMetadata` may ask too.
    `mounted`: where the tree is, absolutely, so that files can be named by paths that begin so
    (`/`: it is all of a disk); empty: no path may be absolute. `remotes`: who fetches what is
    outside of the tree; `charts`: who renders Helm charts. None: that is refused.
    """

    anywhere: bool = False
    sort: str = "legacy"
    managed_by: bool = False
    version: str = "v5.8.2"
    mounted: str = ""
    remotes: Remotes | None = field(default=None, compare=False)
    charts: Charts | None = field(default=None, compare=False)


@dataclass(slots=True)
class Context:
    """The state that all directories of one build share: which kinds live in namespaces, how lists
    are merged, whether a kustomization has set a schema, whether objects have been read, and what
    there is to warn of."""

    options: Options
    scope: Scope = field(default_factory=Scope)
    schemas: Schemas = field(default_factory=merge_keys.built_in)
    has_schema: bool = False
    has_read: bool = False
    directories: int = 0
    warnings: Warnings = field(default_factory=Warnings)

    def enter(self) -> None:
        """Count a directory. Raises BuildError for more than any honest tree needs: directories
        can be used again and again, and double with every step."""
        self.directories += 1
        if self.directories > MOST_DIRECTORIES:
            raise BuildError(f"a build may not go through more than {MOST_DIRECTORIES} directories")
