"""AWS CodeCommit: user names and passwords for Git, signed for one repository. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError
from shared.cloud.signature import Scope, signature_of

_HOST = re.compile(r"git-codecommit(-fips)?\.(?P<region>[a-z0-9-]{1,40})\.amazonaws\.com(\.cn)?")
_MOMENT = "%Y%m%dT%H%M%S"


def region_of_repository(url: str) -> str:
    """The region of a repository. Raises CloudError for a URL that is none of CodeCommit's, which
    nothing is signed for."""
    parts = urlsplit(url)
    found = _HOST.fullmatch(parts.netloc)
    if parts.scheme != "https" or found is None:
        raise CloudError(
            "the provider aws is for repositories of CodeCommit: the URL has to be "
            "https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME"
        )
    return found["region"]


def login(url: str, credentials: AwsCredentials, moment: datetime) -> tuple[str, str]:
    """The user name and the password for a repository; good for a quarter of an hour from `moment`
    (UTC). Raises CloudError as `region_of_repository` does."""
    parts = urlsplit(url)
    place = Scope(region_of_repository(url), "codecommit")
    time = moment.strftime(_MOMENT)
    request = "\n".join(["GIT", parts.path or "/", "", f"host:{parts.netloc}", "", "host", ""])
    signature = signature_of(request, credentials, time, place.on(time))
    name = credentials.key_id + (f"%{credentials.session}" if credentials.session else "")
    return name, f"{time}Z{signature}"
