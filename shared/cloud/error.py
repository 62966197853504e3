"""What can go wrong between us and a cloud."""

from __future__ import annotations

from shared.problem import Problem


class CloudError(Problem):
    """A cloud gives no credentials, or does not answer. The message names what has to be set, and
    never holds a credential."""
