"""Where a bucket is: the address of its objects, and the region that its requests are for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from shared.object_store.error import ObjectStoreError

DEFAULT_REGION = "us-east-1"

_ENDPOINT = re.compile(
    r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:(?P<port>\d{1,5}))?"
)
_AMAZON = re.compile(
    r"s3(?:[.-](?:dualstack[.-]|fips[.-])?(?P<region>[a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?"
)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,253}[A-Za-z0-9]")
_IN_HOST = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SAFE = "-_.~"


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket at an endpoint. `root`: the URL that keys and queries are added to."""

    root: str
    region: str

    def url(self, key: str = "", **query: str) -> str:
        """The address of an object, or of the bucket, encoded as it is sent and signed."""
        path = quote(key, safe=f"/{_SAFE}")
        said = "&".join(
            sorted(f"{quote(n, safe=_SAFE)}={quote(v, safe=_SAFE)}" for n, v in query.items())
        )
        return f"{self.root}/{path}" + (f"?{said}" if said else "")


def place_of(endpoint: str, bucket: str, region: str = "", *, insecure: bool = False) -> Place:
    """The place of a bucket at `host[:port]`. At Amazon and others that insist, the bucket is a
    part of the host, else of the path. Raises ObjectStoreError for what is no endpoint or no
    bucket."""
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None or int(found["port"] or 1) not in range(1, 65_536):
        raise ObjectStoreError(
            f"the endpoint {endpoint[:200]!r} has to be a host, or a host and a port, such as "
            "s3.example.com:9000"
        )
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ObjectStoreError(f"there can be no bucket with the name {bucket[:200]!r}")
    scheme = "http" if insecure else "https"
    named = _AMAZON.fullmatch(found["host"].lower())
    region = region or (named["region"] if named else "") or DEFAULT_REGION
    if _wants_host(found["host"].lower()) and _IN_HOST.fullmatch(bucket):
        return Place(f"{scheme}://{bucket}.{endpoint}", region)
    return Place(f"{scheme}://{endpoint}/{bucket}", region)


def _wants_host(host: str) -> bool:
    return _AMAZON.fullmatch(host) is not None or host.endswith(".aliyuncs.com")


def form(fields: dict[str, str]) -> bytes:
    """The body of a form."""
    return urlencode(fields).encode()
