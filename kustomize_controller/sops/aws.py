"""AWS KMS: data keys that are opened by AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.https import Answer, Https, Post
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.signature import Credentials, Scope, Unsigned
from kustomize_controller.sops.value import SopsProblem
from shared.reconcile.clock import Clock

_ARN = re.compile(
    r"arn:(?P<partition>aws[\w-]*):kms:(?P<region>[a-z0-9-]{1,40}):[0-9]+:(key|alias)/[\w/+=.@-]+"
)
_ROLE = re.compile(r"arn:aws[\w-]*:iam::[0-9]+:role/[\w/+=.,@-]+")
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}
_SESSION = re.compile(
    r"<AccessKeyId>(?P<id>[^<]+)</.*?<SecretAccessKey>(?P<secret>[^<]+)</"
    r".*?<SessionToken>(?P<session>[^<]+)</",
    re.DOTALL,
)


def credentials_in(content: bytes) -> Credentials:
    """The credentials of an entry `sops.aws-kms`. Raises SopsProblem."""
    said = settings_in(content)
    key_id, secret = said.get("aws_access_key_id", ""), said.get("aws_secret_access_key", "")
    if not key_id or not secret:
        raise SopsProblem("needs aws_access_key_id and aws_secret_access_key")
    return Credentials(key_id, secret, said.get("aws_session_token", ""))


@dataclass(frozen=True, slots=True)
class AwsKms:
    """Opens data keys by AWS KMS, in the region that the key is in."""

    credentials: Credentials
    https: Https
    clock: Clock

    async def open(self, key: MasterKey) -> bytes:
        """The data key."""
        arn, _, joined = key.said.get("arn", "").partition("+")
        found = _ARN.fullmatch(arn)
        if found is None:
            raise SopsProblem("its ARN is none of a key")
        domain = f"{found['region']}.{_DOMAINS.get(found['partition'], 'amazonaws.com')}"
        role = key.said.get("role") or joined
        credentials = await self._of_role(role, domain) if role else self.credentials
        body = {
            "KeyId": arn,
            "CiphertextBlob": key.sealed,
            "EncryptionContext": dict(key.context),
        }
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "TrentService.Decrypt",
        }
        request = Unsigned(f"kms.{domain}", headers, orjson.dumps(body))
        answer = await self._sent(request, "kms", credentials)
        return key_in(answer.fields("AWS KMS").get("Plaintext"), "AWS KMS")

    async def _of_role(self, role: str, domain: str) -> Credentials:
        """Credentials of a role that the document names, for an hour. Whose role it is does not
        matter: nothing but the name of the session is told."""
        if not _ROLE.fullmatch(role):
            raise SopsProblem("its role is no ARN of one")
        form = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": role,
            "RoleSessionName": "sops@kustomize-controller",
        }
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = Unsigned(f"sts.{domain}", headers, urlencode(form).encode())
        answer = await self._sent(request, "sts", self.credentials)
        found = _SESSION.search(answer.body.decode("utf-8", "replace"))
        if answer.status != 200 or found is None:
            raise SopsProblem(f"AWS STS answers {answer.status}, and gives no credentials")
        return Credentials(found["id"], found["secret"], found["session"])

    async def _sent(self, request: Unsigned, service: str, credentials: Credentials) -> Answer:
        region = request.host.split(".")[1]
        headers = request.signed(credentials, Scope(region, service), self.clock.now())
        return await self.https.post(Post(f"https://{request.host}/", headers, request.body))
