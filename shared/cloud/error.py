"""What can go wrong between us and a cloud."""

from __future__ import annotations

from shared.problem import Problem


class CloudError(Problem):
    """A cloud gives no credentials, or does not answer. The message names what has to be set, and
    never holds a credential."""


class IdentityOff(CloudError):
    """An object names a service account for a cloud, and the feature gate for that is off."""
