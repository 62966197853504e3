"""What `spec.ref` asks for, as a wish to a remote, and what the commit is then called. Pure.

A commit beats a name, a name a tag, a tag a range of versions, a range a branch; without anything
it is the branch `master` (flux.md 12 (18), (19)). The API's own comment has tag and range the other
way round; Flux does it like this.
"""

from __future__ import annotations

import re

from shared.api.git_repository import GitRef
from shared.git.error import ReferenceNotFound
from shared.git.revision import Candidate, Commit, Refs, Wish
from shared.reconcile.failure import Stalled
from source_controller.version import Range, version_of_tag

DEFAULT_BRANCH = "master"
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
PEELED = "^{}"

_COMMIT = re.compile(r"[0-9a-f]{40}")
# git-check-ref-format(1), rules 1 to 9; `^{}` behind a tag is taken off before.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|[/.]$|^[/.-]|^@$")
_LONGEST = 1_024
_LONGEST_PART = 255


def wish_of(reference: GitRef | None) -> Wish:
    """What to ask a remote for. Raises Stalled for what can be the name of nothing."""
    ref = reference or GitRef()
    if ref.commit:
        return _commit(ref)
    if ref.name:
        return _named(ref.name)
    if ref.tag:
        return _pointed(TAGS + _checked(ref.tag, "spec.ref.tag"))
    if ref.semver:
        return _newest(ref.semver)
    return _pointed(BRANCHES + _checked(ref.branch or DEFAULT_BRANCH, "spec.ref.branch"))


def revision_of(commit: Commit, reference: GitRef | None) -> str:
    """`main@sha1:<id>`, `v1.2.3@sha1:<id>`, or `sha1:<id>` for a commit that no reference led to.
    With `spec.ref.name` the whole reference is written: `refs/heads/main@sha1:<id>`."""
    if reference is not None and reference.name:
        return f"{reference.name}@{commit.digest}"
    name = commit.reference.split("/", 2)[2] if commit.reference.count("/") > 1 else ""
    return f"{name}@{commit.digest}" if name else commit.digest


def _pointed(reference: str) -> Wish:
    def pick(refs: Refs) -> tuple[Candidate, ...]:
        if reference not in refs:
            raise ReferenceNotFound(f"couldn't find remote ref '{reference}'")
        return (Candidate(reference, refs[reference]),)

    return Wish((reference,), pick)


def _named(name: str) -> Wish:
    # The commit that an annotated tag leads to is what is taken of a tag anyway.
    reference = _checked(name.removesuffix(PEELED), "spec.ref.name")

    def pick(refs: Refs) -> tuple[Candidate, ...]:
        if reference not in refs:
            raise ReferenceNotFound(f"unable to resolve ref '{name}' to a specific commit")
        return (Candidate(reference, refs[reference]),)

    return Wish((reference,), pick)


def _commit(ref: GitRef) -> Wish:
    if not _COMMIT.fullmatch(ref.commit):
        raise _never(f"spec.ref.commit: '{ref.commit[:80]}' is not the 40 digits of a commit")
    if not ref.branch:
        return Wish(("HEAD",), lambda _: (Candidate("", ref.commit),))
    branch = BRANCHES + _checked(ref.branch, "spec.ref.branch")

    def pick(refs: Refs) -> tuple[Candidate, ...]:
        if branch not in refs:
            raise ReferenceNotFound(f"couldn't find remote ref '{branch}'")
        return (Candidate(branch, ref.commit, within=branch),)

    return Wish((branch,), pick)


def _newest(text: str) -> Wish:
    """The highest version in a range. Of tags that differ only in build metadata all are
    candidates: the newest commit decides."""
    try:
        wanted = Range.parse(text)
    except ValueError as fault:
        raise _never(f"spec.ref.semver: semver parse error: {fault}") from None

    def pick(refs: Refs) -> tuple[Candidate, ...]:
        versions = {
            reference: version
            for reference in refs
            if reference.startswith(TAGS)
            and (version := version_of_tag(reference.removeprefix(TAGS)))
            and wanted.holds(version)
        }
        if not versions:
            raise ReferenceNotFound(f"no match found for semver: {text}")
        highest = max(versions.values())
        return tuple(
            Candidate(reference, refs[reference])
            for reference, version in versions.items()
            if version == highest
        )

    return Wish((TAGS,), pick)


def _checked(name: str, field: str) -> str:
    """The name. Raises Stalled where Git would not have it as one."""
    parts = name.split("/")
    if len(name) > _LONGEST or max(map(len, parts)) > _LONGEST_PART or _FORBIDDEN.search(name):
        raise _never(f"{field}: '{_shown(name)}' cannot be the name of a Git reference")
    return name


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80])


def _never(message: str) -> Stalled:
    return Stalled("GitOperationFailed", message, condition="FetchFailed")
