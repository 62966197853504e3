"""The regions of AWS, and the domains that their services are under. Pure."""

from __future__ import annotations

import re

from shared.cloud.error import CloudError

_REGION = re.compile(r"[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_DOMAINS = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}


def host_of(service: str, region: str) -> str:
    """Where a service of a region is reached: `sts`, `eu-central-1` →
    `sts.eu-central-1.amazonaws.com`. Raises CloudError for what is no region: it becomes a part of
    an address that credentials are sent to."""
    if not _REGION.fullmatch(region):
        raise CloudError(f"{region[:64]!r} is no region of AWS, such as 'eu-central-1'")
    domains = (domain for begin, domain in _DOMAINS.items() if region.startswith(begin))
    return f"{service}.{region}.{next(domains, 'amazonaws.com')}"


def needed(region: str) -> str:
    """The region. Raises CloudError where it is empty."""
    if not region:
        raise CloudError(
            "a region of AWS is needed: name it in the object, or set AWS_REGION for the controller"
        )
    return region
