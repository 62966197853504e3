"""The metadata server of a machine of Google Cloud, or of a node of GKE."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.google_exchange import SCOPES
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import token_in
from shared.cloud.web import Call, Reply

HOST = "GCE_METADATA_HOST"
_DEFAULT = "169.254.169.254"
_OF = "the metadata server of Google Cloud"
_NOTHING = (
    "this process has no identity in Google Cloud: link its service account to one there, set "
    "GOOGLE_APPLICATION_CREDENTIALS, or name a service account in the object"
)


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool of identities of a GKE cluster, and the cluster as an issuer of them."""

    name: str
    issuer: str

    @property
    def audience(self) -> str:
        """Who the cluster's tokens are exchanged by."""
        return f"identitynamespace:{self.name}:{self.issuer}"


@dataclass(frozen=True, slots=True)
class GoogleMetadata:
    """Asks the metadata server."""

    surroundings: Surroundings

    async def token(self) -> BearerToken:
        """A token of the service account of this process. Raises CloudError."""
        asked = urlencode({"scopes": ",".join(SCOPES)})
        try:
            reply = await self._get(f"instance/service-accounts/default/token?{asked}")
            return token_in(reply.fields(_OF), _OF, self.surroundings.clock)
        except CloudError as error:
            raise CloudError(f"{_NOTHING}; {error}") from None

    async def pool(self) -> Pool:
        """The pool of the cluster that we run in. Raises CloudError where it is none of GKE."""
        try:
            project = await self._text("project/project-id")
            location = await self._text("instance/attributes/cluster-location")
            name = await self._text("instance/attributes/cluster-name")
        except CloudError as error:
            raise CloudError(
                "the annotation gcp.auth.fluxcd.io/workload-identity-provider is needed outside "
                f"of GKE, and this is no cluster of GKE; {error}"
            ) from None
        cluster = f"projects/{project}/locations/{location}/clusters/{name}"
        return Pool(f"{project}.svc.id.goog", f"https://container.googleapis.com/v1/{cluster}")

    async def _text(self, path: str) -> str:
        text = (await self._get(path)).text(_OF).strip()
        if not text:
            raise CloudError(f"{_OF} has no {path}")
        return text

    async def _get(self, path: str) -> Reply:
        host = self.surroundings.variable(HOST) or _DEFAULT
        url = f"http://{host}/computeMetadata/v1/{path}"
        call = Call(url, {"metadata-flavor": "Google"}, method="GET", near=True)
        return await self.surroundings.web.ask(call)
