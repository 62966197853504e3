"""What can go wrong with a remote.

GitError
├─ InvalidLocation     the URL is not one that we follow; only another URL helps
├─ InvalidCredential   what was given to sign in with cannot be used
├─ ReferenceNotFound   the remote answers, and does not have what was asked for
├─ EmptyRepository     the remote answers, and has nothing at all
└─ SignatureError      a commit or tag is not signed by somebody who is trusted
"""

from __future__ import annotations

from shared.problem import Problem


class GitError(Problem):
    """A remote did not do what we asked. The message never holds a credential."""


class InvalidLocation(GitError):
    """A URL does not name a repository that we would ask for."""


class InvalidCredential(GitError):
    """A key, certificate or password is missing or cannot be read."""


class ReferenceNotFound(GitError):
    """The remote has no such branch, tag, reference or commit."""


class EmptyRepository(GitError):
    """The remote has no commits."""


class SignatureError(GitError):
    """A signature is missing, is not what it should be, or is of nobody who is trusted."""
