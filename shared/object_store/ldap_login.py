"""Credentials for a short time, from a token service that asks a directory of users (LDAP): MinIO
has one."""

from __future__ import annotations

from urllib.parse import urlencode

from shared.cloud.credential import AwsCredentials
from shared.object_store.error import AccessRefused, ObjectStoreError
from shared.object_store.line import Ask, Line, away
from shared.object_store.markup import codes, read

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def ldap_credentials(
    line: Line, endpoint: str, username: str, password: str
) -> AwsCredentials:
    """The credentials of a user. Raises AccessRefused where the service does not know them."""
    fields = {
        "Action": "AssumeRoleWithLDAPIdentity",
        "Version": "2011-06-15",
        "LDAPUsername": username,
        "LDAPPassword": password,
    }
    ask = Ask(endpoint, "the STS endpoint", _FORM, "POST", urlencode(fields).encode())
    reply = await line.ask(ask)
    if problem := away(ask, reply.status, reply.headers):
        raise problem
    if reply.status != 200:
        said = ": ".join(codes(reply.body)) or f"answers {reply.status}"
        raise AccessRefused(f"{ask.about}: {said}")
    found = read(reply.body).fields
    if not found.get("AccessKeyId") or not found.get("SecretAccessKey"):
        raise ObjectStoreError(f"{ask.about} answers without credentials")
    return AwsCredentials(
        found["AccessKeyId"], found["SecretAccessKey"], found.get("SessionToken", "")
    )
