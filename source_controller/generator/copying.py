"""One copy of a spec: which files it takes from a source, and where it puts them. Pure.

As `cp -r` (flux.md 3): a directory is copied into the destination under its own name; what a
pattern finds keeps its path from the root of the source, but for `dir/**`, which stands for what is
in `dir`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.api.artifact_generator import Copy
from shared.artifact import archive
from shared.artifact.error import ArtifactError
from source_controller.generator.glob import Test, globbed, path_test
from source_controller.generator.material import ROOT, File, Material, below, cleaned
from source_controller.generator.merging import merged_files
from source_controller.generator.problem import CompositionError
from source_controller.generator.spool import Spool
from source_controller.generator.stage import Stage, within

ARCHIVES = (".tar.gz", ".tgz")
LIMITS = archive.Limits(size=100 * archive.MIB)
"""The most that a file that is extracted may hold, as in Flux."""

MOST_MERGED = 16 * archive.MIB
"""The largest file that is merged, in bytes."""

DESTINATION = "@artifact/"
_SIGNS = "*?[]"


def composed(
    copies: Sequence[Copy], sources: Mapping[str, Material], spool: Spool | None = None
) -> Stage:
    """What the copies of an artifact make of sources by their aliases, one after the other; what is
    new goes into a spool. Raises CompositionError, which names the copy."""
    stage = Stage(spool=spool)
    for copy in copies:
        try:
            _apply(copy, sources, stage)
        except (CompositionError, ArtifactError) as problem:
            raise CompositionError(f"copy from '{copy.from_}' to '{copy.to}': {problem}") from None
    return stage


def parted(place: str) -> tuple[str, str]:
    """`@repo/deploy/*` as `repo` and `deploy/*`. Raises CompositionError."""
    alias, slash, path = place.removeprefix("@").partition("/")
    if not slash or not place.startswith("@"):
        raise CompositionError(f"'{place}' has to be like @alias/path")
    return alias, path


@dataclass(frozen=True, slots=True)
class _Job:
    """A copy that is under way. `base`: what paths that are left out may be relative to."""

    material: Material
    stage: Stage
    copy: Copy
    excluded: tuple[tuple[str, Test], ...]
    base: str

    def leaves_out(self, path: str) -> bool:
        """Whether a path is to be left out: by itself, or as it is below the base."""
        if self._is_excluded(path):
            return True
        inside = self.base != ROOT and path.startswith(f"{self.base}/")
        return inside and self._is_excluded(path[len(self.base) + 1 :])

    def _is_excluded(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return any(
            test(path) or ("/" not in pattern and test(name)) for pattern, test in self.excluded
        )


def _apply(copy: Copy, sources: Mapping[str, Material], stage: Stage) -> None:
    alias, pattern = parted(copy.from_)
    if not copy.to.startswith(DESTINATION):
        raise CompositionError(f"the destination has to start with {DESTINATION}")
    if alias not in sources:
        raise CompositionError(f"source alias '{alias}' not found")
    excluded = tuple((one, path_test(one)) for one in copy.exclude)
    is_pattern = any(sign in pattern for sign in _SIGNS)
    base = _literal(pattern) if is_pattern else cleaned(pattern)
    job = _Job(sources[alias], stage, copy, excluded, base)
    if is_pattern:
        _copy_found(job, pattern, alias)
    else:
        _copy_one(job, base)


def _literal(pattern: str) -> str:
    """The directories of a pattern before the first that has a sign in it."""
    parts = cleaned(pattern).split("/")
    first = next((at for at, part in enumerate(parts) if any(s in part for s in _SIGNS)), 0)
    return "/".join(parts[:first]) or ROOT


def _copy_found(job: _Job, pattern: str, alias: str) -> None:
    extracts = job.copy.strategy == "Extract"
    found = _matches(job.material, pattern) if extracts else globbed(pattern, job.material)
    if not found:
        raise CompositionError(f"no files match pattern '{pattern}' in source '{alias}'")
    wanted = [path for path in found if path != ROOT and not job.leaves_out(path)]
    if not wanted:
        raise CompositionError(
            f"all files matching pattern '{pattern}' in source '{alias}' were excluded"
        )
    for path in wanted:
        if not extracts:
            _copy_to(job, path, _moved(pattern, path, _destination(job.copy)))
        elif _is_archive(path) and path in job.material.files:
            _extract(job, path)


def _matches(material: Material, pattern: str) -> list[str]:
    test = path_test(pattern)
    return [path for path in (ROOT, *material.paths()) if test(path)]


def _moved(pattern: str, path: str, destination: str) -> str:
    prefix = f"{pattern.removesuffix('/**')}/"
    inside = pattern.endswith("/**") and path.startswith(prefix)
    return within(destination, path[len(prefix) :] if inside else path)


def _copy_one(job: _Job, path: str) -> None:
    """A path without a pattern: a directory goes into the destination, a file there or to it."""
    if path.startswith(("../", "/")) or path == "..":
        raise CompositionError(f"'{path}' leads out of the source")
    name = path.rpartition("/")[2]
    destination = _destination(job.copy)
    if job.material.is_directory(path):
        if job.copy.strategy == "Extract":
            raise CompositionError(f"'{path}' is a directory: only files can be extracted")
        _copy_to(job, path, within(destination, name))
    elif path not in job.material.files:
        raise CompositionError(f"source '{path}' does not exist")
    # A single file is left out by its path from the root alone.
    elif not _Job(job.material, job.stage, job.copy, job.excluded, ROOT).leaves_out(path):
        _copy_file(job, path, name)


def _copy_file(job: _Job, path: str, name: str) -> None:
    if job.copy.strategy == "Extract":
        if not _is_archive(path):
            raise CompositionError(f"'{path}' is no archive: it has to end in .tar.gz or .tgz")
        _extract(job, path)
        return
    target = within(_destination(job.copy))
    if job.copy.to.endswith("/") or job.stage.is_directory(target):
        target = within(target, name)
    _copy_to(job, path, target)


def _copy_to(job: _Job, path: str, target: str) -> None:
    """Copy a file or a directory with all that is below it."""
    file = job.material.files.get(path)
    if file is not None:
        _write(job, path, file, target)
        return
    # A way of its own through what is to be copied: trees may be deeper than calls.
    job.stage.make(target)
    ahead = [(path, target)]
    while ahead:
        directory, place = ahead.pop()
        for name in job.material.listing(directory):
            source, copied = below(directory, name), below(place, name)
            if job.leaves_out(source):
                continue
            if source in job.material.files:
                job.stage.put(copied, job.material.files[source])
            else:
                job.stage.make(copied)
                ahead.append((source, copied))


def _write(job: _Job, path: str, file: File, target: str) -> None:
    there = job.stage.files.get(target)
    if job.copy.strategy == "Merge" and there is not None:
        if max(there.size, file.size) > MOST_MERGED:
            raise CompositionError(f"'{path}' has more than {MOST_MERGED} bytes to be merged")
        content = merged_files(there.whole(), file.whole(), path)
        file = job.stage.made(content, executable=there.executable)
    job.stage.put(target, file)


def _extract(job: _Job, path: str) -> None:
    """Put what is in an archive into the destination."""
    target = within(_destination(job.copy))
    job.stage.make(target)
    packed = job.material.files[path]
    if packed.size > LIMITS.size:
        raise CompositionError(
            f"'{path}' cannot be extracted: it has more than {LIMITS.size} bytes"
        )
    try:
        for entry in archive.walk(packed.whole(), LIMITS):
            place = within(target, entry.path)
            if entry.content is None:
                job.stage.make(place)
            else:
                job.stage.put(place, job.stage.made(entry.content, executable=entry.executable))
    except ArtifactError as problem:
        raise CompositionError(f"'{path}' cannot be extracted: {problem}") from None


def _destination(copy: Copy) -> str:
    return copy.to.removeprefix(DESTINATION)


def _is_archive(path: str) -> bool:
    return path.lower().endswith(ARCHIVES)
