"""What the Secrets of a Bucket have to hold, in Flux's words (flux.md 1.7). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from shared.api.bucket import BucketSpec
from shared.problem import Problem
from shared.reconcile.failure import Stalled

Data = Mapping[str, str]

_AZURE = (
    "requires a 'clientId' or 'accountKey' field, a combination of 'tenantId', 'clientId' and "
    "'clientSecret', or 'tenantId', 'clientId' and 'clientCertificate'"
)


class SecretFault(Problem):
    """A Secret holds too little. No value is quoted."""


def check_secret(provider: str, name: str, data: Data) -> None:
    """Raises SecretFault where a Secret holds nothing that signs in at a provider."""
    match provider:
        case "gcp":
            if "serviceaccount" not in data:
                raise SecretFault(f"invalid '{name}' secret data: required fields 'serviceaccount'")
        case "azure":
            if data.keys().isdisjoint({"clientId", "accountKey", "sasKey", "authorityHost"}):
                raise SecretFault(f"invalid '{name}' secret data: {_AZURE}")
        case _:
            if not data.keys() >= {"accesskey", "secretkey"}:
                raise SecretFault(
                    f"invalid '{name}' secret data: required fields 'accesskey' and 'secretkey'"
                )


def check_sts_secret(name: str, data: Data) -> None:
    """Raises SecretFault where the Secret of a token service holds no user with a password."""
    if not data.get("username") or not data.get("password"):
        raise SecretFault(
            f"invalid '{name}' secret data for 'ldap' STS provider: required fields username, "
            "password"
        )


def check_sts(spec: BucketSpec) -> None:
    """Raises Stalled where a token service cannot be asked for the provider."""
    sts = spec.sts
    if sts is None:
        return
    expected = {"aws": "aws", "generic": "ldap"}.get(spec.provider)
    if expected is None:
        raise _stalled(f"STS configuration is not supported for '{spec.provider}' bucket provider")
    if sts.provider != expected:
        raise _stalled(
            f"STS provider '{sts.provider}' is not supported for '{spec.provider}' bucket provider"
        )
    if sts.provider == "aws" and sts.secret_ref is not None:
        raise _stalled("spec.sts.secretRef is not required for the 'aws' STS provider")
    if sts.provider == "aws" and sts.cert_secret_ref is not None:
        raise _stalled("spec.sts.certSecretRef is not required for the 'aws' STS provider")


def _stalled(message: str) -> Stalled:
    return Stalled("InvalidSTSConfiguration", message, condition="FetchFailed")
