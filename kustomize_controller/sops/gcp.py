"""Google Cloud KMS: data keys that are opened by Google."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson

from kustomize_controller.sops.configuration import key_in
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from shared.cloud.credential import BearerToken
from shared.cloud.web import Call, Web

SCOPE = "https://www.googleapis.com/auth/cloudkms"
_RESOURCE = re.compile(
    r"projects/[\w:.-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+"
    r"(/cryptoKeyVersions/[0-9]+)?"
)


@dataclass(frozen=True, slots=True)
class GcpKms:
    """Opens data keys by Google Cloud KMS. `token`: one that is good now."""

    token: Callable[[], Awaitable[BearerToken]]
    web: Web

    async def open(self, key: MasterKey) -> bytes:
        """The data key. Raises SopsProblem or CloudError."""
        resource = key.said.get("resource_id", "")
        if not _RESOURCE.fullmatch(resource):
            raise SopsProblem("its resource_id is none of a key")
        headers = {
            "authorization": f"Bearer {(await self.token()).text}",
            "content-type": "application/json",
        }
        url = f"https://cloudkms.googleapis.com/v1/{resource}:decrypt"
        answer = await self.web.ask(Call(url, headers, orjson.dumps({"ciphertext": key.sealed})))
        return key_in(answer.fields("Google Cloud KMS").get("plaintext"), "Google Cloud KMS")
