"""Keys of service accounts of Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from shared.cloud.assertion import assertion, private_key
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import asked

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class GoogleKey:
    """An account of Google Cloud with its private key."""

    email: str
    key_id: str
    token_url: str
    key: rsa.RSAPrivateKey = field(repr=False)

    async def token(self, surroundings: Surroundings, scope: str) -> BearerToken:
        """A token of the account; `scope`: what for, several with blanks between. Raises
        CloudError."""
        now = int(surroundings.clock.now().timestamp())
        claims = {
            "iss": self.email,
            "scope": scope,
            "aud": self.token_url,
            "iat": now,
            "exp": now + _HOUR,
        }
        fields = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion(self.key, {"kid": self.key_id}, claims),
        }
        return await asked(surroundings, self.token_url, fields, "Google")


def google_key_in(said: Mapping[str, str]) -> GoogleKey:
    """The account of such a file. Raises CloudError, which reads as what `it` does."""
    if said.get("type") != "service_account":
        raise CloudError("is no key of a service account: other credentials are not used")
    url = google_url(said.get("token_uri", ""), "token_uri")
    key = private_key(said.get("private_key", ""))
    return GoogleKey(said.get("client_email", ""), said.get("private_key_id", ""), url, key)


def google_url(url: str, named: str) -> str:
    """An address that a file names. Raises CloudError for one that is not Google's: credentials
    are sent to it."""
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") or not host.endswith((".googleapis.com", ".google.com")):
        raise CloudError(f"has a {named} that is none of Google's")
    return url
