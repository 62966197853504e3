"""What can be wrong with a signature.

SignatureProblem
├─ NotSigned       nobody who is trusted signed it
├─ InvalidTrust    what is given to say whom to trust cannot be read
└─ MissingExtra    a library that is only installed when it is asked for is not there
"""

from __future__ import annotations

from shared.problem import Problem


class SignatureProblem(Problem):
    """A signature does not do."""


class NotSigned(SignatureProblem):
    """There is no signature, or none of anybody who is trusted."""


class InvalidTrust(SignatureProblem):
    """A key, a certificate, a policy or a trusted root cannot be read. Nothing of it is quoted."""


class MissingExtra(SignatureProblem):
    """An optional library is needed, and is not installed. The message names it."""
