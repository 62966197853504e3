"""What can go wrong with a registry.

OciError
├─ InvalidLocation     a URL, tag or digest can be none; only another one helps
├─ InvalidAccess       what was given to sign in with, or to get there, cannot be used
├─ Unreachable         nobody answers, or not in the way that was expected: TLS, time, HTTP
├─ Unauthorized        the registry does not let us in, or not to that
└─ NotFound            the registry answers, and does not have it
"""

from __future__ import annotations

from shared.problem import Problem


class OciError(Problem):
    """A registry did not do what we asked. The message never holds a credential."""


class InvalidLocation(OciError):
    """A URL, a tag or a digest is not one that could be asked for."""


class InvalidAccess(OciError):
    """A docker config, a certificate or a proxy cannot be used."""


class Unreachable(OciError):
    """The registry is not there, or what is there cannot be talked to."""


class Unauthorized(OciError):
    """The registry asks for other credentials than we have, or forbids."""


class NotFound(OciError):
    """The registry has no such repository, manifest or blob."""
