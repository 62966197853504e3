"""AWS KMS: data keys that are opened by AWS."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson

from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from shared.cloud.aws_session import Role
from shared.cloud.credential import AwsCredentials
from shared.cloud.region import host_of
from shared.cloud.signature import Scope, Unsigned
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call

_ARN = re.compile(r"arn:aws[\w-]*:kms:(?P<region>[a-z0-9-]{1,40}):[0-9]+:(key|alias)/[\w/+=.@-]+")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::[0-9]+:role/[\w/+=.,@-]+")
_SESSION = "sops@kustomize-controller"
_DECRYPT = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "TrentService.Decrypt",
}


def credentials_in(content: bytes) -> AwsCredentials:
    """The credentials of an entry `sops.aws-kms`. Raises SopsProblem."""
    said = settings_in(content)
    key_id, secret = said.get("aws_access_key_id", ""), said.get("aws_secret_access_key", "")
    if not key_id or not secret:
        raise SopsProblem("needs aws_access_key_id and aws_secret_access_key")
    return AwsCredentials(key_id, secret, said.get("aws_session_token", ""))


@dataclass(frozen=True, slots=True)
class AwsKms:
    """Opens data keys by AWS KMS, in the region that the key is in. `credentials`: for a region."""

    credentials: Callable[[str], Awaitable[AwsCredentials]]
    surroundings: Surroundings

    async def open(self, key: MasterKey) -> bytes:
        """The data key. Raises SopsProblem or CloudError."""
        arn, _, joined = key.said.get("arn", "").partition("+")
        found = _ARN.fullmatch(arn)
        if found is None:
            raise SopsProblem("its ARN is none of a key")
        region = found["region"]
        url = f"https://{host_of('kms', region)}/"
        body = {
            "KeyId": arn,
            "CiphertextBlob": key.sealed,
            "EncryptionContext": dict(key.context),
        }
        request = Unsigned(url, _DECRYPT, orjson.dumps(body))
        own = await self._credentials(region, key.said.get("role") or joined)
        headers = request.signed(own, Scope(region, "kms"), self.surroundings.clock.now())
        answer = await self.surroundings.web.ask(Call(url, headers, request.body))
        return key_in(answer.fields("AWS KMS").get("Plaintext"), "AWS KMS")

    async def _credentials(self, region: str, role: str) -> AwsCredentials:
        """Those that we have, or those of a role that the document names, for an hour. Whose role
        it is does not matter: nothing but the name of the session is told."""
        if role and not _ROLE.fullmatch(role):
            raise SopsProblem("its role is no ARN of one")
        own = await self.credentials(region)
        if not role:
            return own
        return await Role(role, _SESSION, region).by_credentials(self.surroundings, own)
