"""Docker's config, as Secrets of the type kubernetes.io/dockerconfigjson hold it. Pure."""

from __future__ import annotations

import base64
import binascii

import orjson

from shared.oci.credential import Keyring, Login
from shared.oci.error import InvalidAccess

JSON_KEY = ".dockerconfigjson"
"""The key of a Secret of the type kubernetes.io/dockerconfigjson."""

OLD_KEY = ".dockercfg"
"""The key of a Secret of the type kubernetes.io/dockercfg: the `auths` alone."""

LONGEST = 1024 * 1024
MOST = 1_000


def keyring_of(text: str, *, old: bool = False) -> Keyring:
    """The logins of a config. Raises InvalidAccess, which quotes nothing of it."""
    try:
        whole = orjson.loads(text) if len(text) <= LONGEST else None
    except orjson.JSONDecodeError:
        raise InvalidAccess("the docker config is not JSON") from None
    auths = whole if old else whole.get("auths", {}) if isinstance(whole, dict) else None
    if not isinstance(auths, dict) or len(auths) > MOST:
        raise InvalidAccess("the docker config has no 'auths' that could be read")
    return Keyring(tuple((_place(place), _login(place, one)) for place, one in auths.items()))


def _place(key: str) -> str:
    """`https://index.docker.io/v1/` → `index.docker.io`: without scheme, and without the path of an
    API of old."""
    bare = key.removeprefix("https://").removeprefix("http://").rstrip("/")
    for version in ("/v1", "/v2"):
        host, found, rest = bare.partition(version)
        if found and "/" not in host and (not rest or rest.startswith("/")):
            return (host + rest).rstrip("/")
    return bare


def _login(place: str, entry: object) -> Login:
    if not isinstance(entry, dict):
        raise InvalidAccess(
            f"the docker config has no login for '{place[:255]}', but something else"
        )
    said = {key: value for key, value in entry.items() if isinstance(value, str)}
    username, password = said.get("username", ""), said.get("password", "")
    if auth := said.get("auth", ""):
        username, password = _decoded(place, auth)
    return Login(username, password, said.get("identitytoken", ""), said.get("registrytoken", ""))


def _decoded(place: str, auth: str) -> tuple[str, str]:
    try:
        pair = base64.b64decode(auth.encode(), validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise InvalidAccess(
            f"the 'auth' for '{place[:255]}' is not base64 of user:password"
        ) from None
    username, colon, password = pair.partition(":")
    if not colon:
        raise InvalidAccess(f"the 'auth' for '{place[:255]}' is not base64 of user:password")
    return username, password.rstrip("\0")
