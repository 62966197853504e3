"""What can go wrong between us and an object store. No message holds a credential or a signed URL.

ObjectStoreError
├─ NoSuchBucket    the store knows no such bucket
├─ NoSuchObject    the bucket has no such object (any more)
├─ AccessRefused   the store does not let us
└─ StoreAway       the store is not there, or not well: it may be soon
"""

from __future__ import annotations

from shared.problem import Problem


class ObjectStoreError(Problem):
    """An object store did not do what was asked of it."""


class NoSuchBucket(ObjectStoreError):
    """There is no such bucket."""


class NoSuchObject(ObjectStoreError):
    """There is no such object."""


class AccessRefused(ObjectStoreError):
    """The credentials are wrong, or do not allow it."""


class StoreAway(ObjectStoreError):
    """The store cannot be reached, or asks us to come again. `after`: in how many seconds, where it
    says so."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after
