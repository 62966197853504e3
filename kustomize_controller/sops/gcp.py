"""Google Cloud KMS: data keys that are opened by Google."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from kustomize_controller.sops.assertion import assertion, private_key
from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.https import Https, Post
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.token import Token, Tokens
from kustomize_controller.sops.value import SopsProblem
from shared.reconcile.clock import Clock

_RESOURCE = re.compile(
    r"projects/[\w:.-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+"
    r"(/cryptoKeyVersions/[0-9]+)?"
)
_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """An account of Google Cloud with its private key."""

    email: str
    key_id: str
    token_url: str
    key: rsa.RSAPrivateKey = field(repr=False)


def account_in(content: bytes) -> ServiceAccount:
    """The account of an entry `sops.gcp-kms`. Raises SopsProblem."""
    said = settings_in(content)
    if said.get("type") != "service_account":
        raise SopsProblem("is no key of a service account: other credentials are not used")
    url = said.get("token_uri", "")
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") or not host.endswith((".googleapis.com", ".google.com")):
        raise SopsProblem("has a token_uri that is none of Google's")
    key = private_key(said.get("private_key", ""))
    return ServiceAccount(said.get("client_email", ""), said.get("private_key_id", ""), url, key)


class GcpKms:
    """Opens data keys by Google Cloud KMS."""

    def __init__(self, account: ServiceAccount, https: Https, clock: Clock) -> None:
        self._account = account
        self._https = https
        self._clock = clock
        self._tokens = Tokens(clock, self._token)

    async def open(self, key: MasterKey) -> bytes:
        """The data key."""
        resource = key.said.get("resource_id", "")
        if not _RESOURCE.fullmatch(resource):
            raise SopsProblem("its resource_id is none of a key")
        headers = {
            "authorization": f"Bearer {await self._tokens.current()}",
            "content-type": "application/json",
        }
        url = f"https://cloudkms.googleapis.com/v1/{resource}:decrypt"
        answer = await self._https.post(
            Post(url, headers, orjson.dumps({"ciphertext": key.sealed}))
        )
        return key_in(answer.fields("Google Cloud KMS").get("plaintext"), "Google Cloud KMS")

    async def _token(self) -> Token:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._account.email,
            "scope": _SCOPE,
            "aud": self._account.token_url,
            "iat": now,
            "exp": now + _HOUR,
        }
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion(self._account.key, {"kid": self._account.key_id}, claims),
        }
        return await asked(self._https, self._account.token_url, form, "Google")


async def asked(https: Https, url: str, form: dict[str, str], of: str) -> Token:
    """The token that a service gives for a form (OAuth 2). Raises SopsProblem."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await https.post(Post(url, headers, urlencode(form).encode()))
    said = answer.fields(of)
    text, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(text, str) or not text:
        raise SopsProblem(f"{of} answers without a token")
    return Token(text, float(seconds) if isinstance(seconds, int | float) else 0.0)
