"""What AWS gives this process, by the first of the ways that its environment knows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.cloud.aws_session import Role, in_json, named_session
from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError
from shared.cloud.region import needed
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call

_AGENT = "http://169.254.170.2"
_AGENTS = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MACHINE = "http://169.254.169.254"
_SECONDS = "21600"
_METADATA = "the metadata service of AWS"
_NOTHING = (
    "this process has no identity in AWS: give its service account a role (IRSA or EKS Pod "
    "Identity) and start it again, or name a service account in the object"
)


def region_of(surroundings: Surroundings) -> str:
    """The region of this process; empty where nobody says."""
    return surroundings.variable("AWS_REGION") or surroundings.variable("AWS_DEFAULT_REGION")


async def credentials_of(surroundings: Surroundings, region: str) -> AwsCredentials:
    """The credentials of this process; `region`: whose token service is asked, where one is. Raises
    CloudError."""
    if surroundings.has("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        return _of_environment(surroundings)
    if surroundings.has("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"):
        return await _of_token_file(surroundings, region)
    if agent := _agent(surroundings):
        return await _of_agent(surroundings, agent)
    return await _Machine(surroundings).credentials()


def _of_environment(own: Surroundings) -> AwsCredentials:
    return AwsCredentials(
        own.variable("AWS_ACCESS_KEY_ID"),
        own.variable("AWS_SECRET_ACCESS_KEY"),
        own.variable("AWS_SESSION_TOKEN"),
    )


async def _of_token_file(own: Surroundings, region: str) -> AwsCredentials:
    """The role of the pod, as IRSA sets it up."""
    token = await own.file("AWS_WEB_IDENTITY_TOKEN_FILE")
    session = named_session(own.variable("AWS_ROLE_SESSION_NAME") or "penstock")
    role = Role(own.variable("AWS_ROLE_ARN"), session, needed(region))
    return await role.by_token(own, token)


def _agent(own: Surroundings) -> str:
    """The URL of the agent of EKS Pod Identity, or of ECS. Raises CloudError for a stranger's."""
    if relative := own.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return f"{_AGENT}{relative}"
    url = own.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    parts = urlsplit(url)
    if url and parts.scheme != "https" and parts.hostname not in _AGENTS | _LOOPBACK:
        raise CloudError(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI: http:// is spoken to an agent of this machine "
            "alone"
        )
    return url


async def _of_agent(own: Surroundings, url: str) -> AwsCredentials:
    token = own.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    if own.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = await own.file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    headers = {"authorization": token} if token else {}
    reply = await own.web.ask(Call(url, headers, method="GET", near=True))
    return in_json(reply, "the agent of AWS")


@dataclass(frozen=True, slots=True)
class _Machine:
    """The metadata service of the machine, spoken to by its second version alone."""

    own: Surroundings

    async def credentials(self) -> AwsCredentials:
        if self.own.variable("AWS_EC2_METADATA_DISABLED").lower() == "true":
            raise CloudError(_NOTHING)
        try:
            return await self._asked()
        except CloudError as error:
            raise CloudError(f"{_NOTHING}; {error}") from None

    async def _asked(self) -> AwsCredentials:
        base = self.own.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").rstrip("/") or _MACHINE
        lasting = {"x-aws-ec2-metadata-token-ttl-seconds": _SECONDS}
        call = Call(f"{base}/latest/api/token", lasting, method="PUT", near=True)
        token = (await self.own.web.ask(call)).text(_METADATA)
        shown = {"x-aws-ec2-metadata-token": token}
        roles = f"{base}/latest/meta-data/iam/security-credentials/"
        listed = await self.own.web.ask(Call(roles, shown, method="GET", near=True))
        role = next(iter(listed.text(_METADATA).split()), "")
        if not role:
            raise CloudError("the machine has no role")
        reply = await self.own.web.ask(Call(roles + role, shown, method="GET", near=True))
        return in_json(reply, _METADATA)
