"""Who we are at an object store, by the spec of a Bucket and the Secrets that it names."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from shared.api.bucket import Bucket
from shared.api.reference import LocalReference
from shared.cloud.clouds import Clouds
from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError, IdentityOff
from shared.cloud.google_key import google_key_in
from shared.cloud.identity import Identity
from shared.cloud.surroundings import Surroundings
from shared.object_store.azure import AzureContainer, root_of
from shared.object_store.error import ObjectStoreError
from shared.object_store.gcs import ENDPOINT, GcsBucket
from shared.object_store.ldap_login import ldap_credentials
from shared.object_store.line import Line, Reach, opened
from shared.object_store.s3 import S3Bucket
from shared.object_store.s3_place import place_of
from shared.object_store.thing import ObjectStore
from shared.problem import Problem
from shared.reconcile.clock import Clock
from shared.reconcile.failure import Retryable, Stalled
from source_controller.bucketry.azure_login import AzureLogin
from source_controller.bucketry.secret_rule import check_secret, check_sts, check_sts_secret
from source_controller.bucketry.visit import AT_ONCE, Visit
from source_controller.oci.access import proxy_url

READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only"
_STS = re.compile(r"sts(?:-fips)?(?:\.(?P<region>[a-z0-9-]{1,40}))?\.amazonaws\.com(?:\.cn)?")

Data = Mapping[str, str]


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Data:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


@dataclass(frozen=True, slots=True)
class SpecAccess:
    """Access by what the cluster holds. `scratch`: a directory for what is fetched; `google`: where
    Google's store is."""

    secrets: Secrets
    clouds: Clouds
    surroundings: Surroundings
    clock: Clock
    scratch: Path
    google: str = ENDPOINT

    @asynccontextmanager
    async def visit(self, bucket: Bucket) -> AsyncIterator[Visit]:
        """A visit to a bucket, which leaves nothing behind on this machine. Raises Retryable where
        something is missing or cannot be used, and Stalled where only another spec helps."""
        reach = await self._reach(bucket)
        async with _line(reach, self.clock) as line, _emptied(self.scratch) as place:
            store = await self._store(bucket, line)
            spec = bucket.spec
            yield Visit(line, store, spec.bucket_name, spec.timeout, place)

    async def _reach(self, bucket: Bucket) -> Reach:
        spec = bucket.spec
        reach = Reach()
        if spec.proxy_secret_ref is not None:
            data = await self._data(bucket, spec.proxy_secret_ref, "failed to get proxy URL: ")
            try:
                reach = replace(reach, proxy=proxy_url(data))
            except Problem as problem:
                holder = f"{bucket.metadata.namespace}/{spec.proxy_secret_ref.name}"
                raise _failed(f"failed to get proxy URL: secret '{holder}': {problem}") from None
        if spec.cert_secret_ref is not None and spec.provider in {"generic", "aws"}:
            data = await self._data(bucket, spec.cert_secret_ref, "failed to get TLS config: ")
            reach = _with_certificates(reach, data)
        return reach

    async def _store(self, bucket: Bucket, line: Line) -> ObjectStore:
        try:
            match bucket.spec.provider:
                case "gcp":
                    return await self._gcs(bucket, line)
                case "azure":
                    return await self._azure(bucket, line)
                case _:
                    return await self._s3(bucket, line)
        except IdentityOff as problem:
            raise Stalled("FeatureGateDisabled", str(problem), condition="FetchFailed") from None
        except Problem as problem:
            raise _failed(str(problem)) from None

    async def _s3(self, bucket: Bucket, line: Line) -> S3Bucket:
        spec = bucket.spec
        data = await self._secret(bucket)
        check_sts(spec)
        region = spec.region or _sts_region(bucket)
        try:
            place = place_of(spec.endpoint, spec.bucket_name, region, insecure=spec.insecure)
        except ObjectStoreError as problem:
            raise _unfit(problem) from None
        if data is not None:
            return S3Bucket(line, place, AwsCredentials(data["accesskey"], data["secretkey"]))
        if spec.provider == "aws":
            return S3Bucket(line, place, await self.clouds.aws(_identity(bucket, line), region))
        return S3Bucket(line, place, await self._ldap(bucket, line))

    async def _ldap(self, bucket: Bucket, line: Line) -> AwsCredentials | None:
        """The credentials of a token service; None for a bucket that lets anybody in."""
        sts = bucket.spec.sts
        if sts is None:
            return None
        data: Data = {}
        if sts.secret_ref is not None:
            data = await self._data(bucket, sts.secret_ref, "", "STS secret")
            check_sts_secret(sts.secret_ref.name, data)
        reach = Reach(proxy=line.proxy)
        if sts.cert_secret_ref is not None:
            found = await self._data(bucket, sts.cert_secret_ref, "failed to get STS TLS config: ")
            reach = _with_certificates(reach, found)
        async with opened(reach, self.clock, 1) as own:
            return await ldap_credentials(
                own, sts.endpoint, data.get("username", ""), data.get("password", "")
            )

    async def _gcs(self, bucket: Bucket, line: Line) -> GcsBucket:
        data = await self._secret(bucket)
        if data is None:
            token = await self.clouds.gcp(_identity(bucket, line))
        else:
            key = google_key_in(_fields(data["serviceaccount"]))
            token = await key.token(self.surroundings, READ_ONLY)
        return GcsBucket(line, bucket.spec.bucket_name, token.text, self.google)

    async def _azure(self, bucket: Bucket, line: Line) -> AzureContainer:
        spec = bucket.spec
        data = await self._secret(bucket) or {}
        try:
            root = root_of(spec.endpoint, spec.bucket_name)
        except ObjectStoreError as problem:
            raise _unfit(problem) from None
        login = AzureLogin(self.clouds, self.surroundings)
        return AzureContainer(
            line, root, await login.of(spec.endpoint, data, _identity(bucket, line))
        )

    async def _secret(self, bucket: Bucket) -> Data | None:
        """What the Secret of the spec holds; None where the spec names none."""
        reference = bucket.spec.secret_ref
        if reference is None:
            return None
        data = await self._data(bucket, reference, "")
        check_secret(bucket.spec.provider, reference.name, data)
        return data

    async def _data(
        self, bucket: Bucket, reference: LocalReference, about: str, what: str = "secret"
    ) -> Data:
        holder = f"{bucket.metadata.namespace}/{reference.name}"
        try:
            return await self.secrets.data(bucket.metadata.namespace, reference.name)
        except Problem as problem:
            raise _failed(f"{about}failed to get {what} '{holder}': {problem}") from None


@asynccontextmanager
async def _line(reach: Reach, clock: Clock) -> AsyncIterator[Line]:
    try:
        line = opened(reach, clock, AT_ONCE)
        entered = await line.__aenter__()
    except ObjectStoreError as problem:
        raise _failed(f"failed to get TLS config: {problem}") from None
    try:
        yield entered
    finally:
        await line.__aexit__(None, None, None)


@asynccontextmanager
async def _emptied(scratch: Path) -> AsyncIterator[Path]:
    """A directory of one's own that is gone afterwards."""

    def made() -> tempfile.TemporaryDirectory[str]:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o750)
        return tempfile.TemporaryDirectory(dir=scratch)

    try:
        directory = await asyncio.to_thread(made)
    except OSError as error:
        raise Retryable(
            "DirectoryCreationFailed",
            f"failed to create temporary working directory: {error.strerror}",
            condition="StorageOperationFailed",
        ) from None
    try:
        yield Path(directory.name)
    finally:
        await asyncio.to_thread(directory.cleanup)


def _identity(bucket: Bucket, line: Line) -> Identity:
    """An account is always one of the object's namespace."""
    return Identity(bucket.metadata.namespace, bucket.spec.service_account_name, line.proxy)


def _sts_region(bucket: Bucket) -> str:
    """The region of the token service that the spec names. Raises Stalled for one that is none of
    Amazon's: it would be shown who we are."""
    sts = bucket.spec.sts
    if sts is None or bucket.spec.provider != "aws":
        return ""
    parts = urlsplit(sts.endpoint)
    found = _STS.fullmatch(parts.netloc)
    if parts.scheme != "https" or found is None or parts.path.strip("/"):
        raise Stalled(
            "InvalidSTSConfiguration",
            "spec.sts.endpoint has to be a token service of AWS, such as "
            "https://sts.eu-central-1.amazonaws.com",
            condition="FetchFailed",
        )
    return found["region"] or ""


def _with_certificates(reach: Reach, data: Data) -> Reach:
    return replace(
        reach,
        authority=data.get("ca.crt") or data.get("caFile", ""),
        certificate=data.get("tls.crt") or data.get("certFile", ""),
        key=data.get("tls.key") or data.get("keyFile", ""),
    )


def _fields(text: str) -> dict[str, str]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise CloudError("'serviceaccount' is no JSON object")
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _failed(message: str) -> Retryable:
    return Retryable("AuthenticationFailed", message, condition="FetchFailed")


def _unfit(problem: Problem) -> Stalled:
    return Stalled("URLInvalid", str(problem), condition="FetchFailed")
