"""Reading a repository: what every registry gives out, and what none gets away with."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web

from shared.oci.credential import Access
from shared.oci.error import NotFound, OciError, Unreachable
from shared.oci.limit import Limits
from shared.oci.location import parse
from shared.oci.manifest import Descriptor, Index, Manifest
from shared.oci.repository import opened
from tests.fake.clock import ManualClock
from tests.fake.oci_artifact import FLUX_LAYER, INDEX, Artifact, Layer, artifact, digest_of, index
from tests.fake.oci_registry import FakeRegistry

INSECURE = Access(insecure=True)
APPS = artifact(Layer(b"one"), Layer(b"two", "text/plain"), annotations={"a": "b"})


@asynccontextmanager
async def reading(registry, repository="team/apps", limits=None):
    location = parse(registry.url(repository))
    async with opened(location, INSECURE, ManualClock(), limits) as found:
        yield found


async def test_a_tag_leads_to_a_digest_and_a_digest_to_content(registry):
    digest = await registry.push(APPS, "team/apps", "1.0.0")

    async with reading(registry) as repository:
        found = await repository.resolve("1.0.0")
        manifest = await repository.image(found.digest)
        sink = io.BytesIO()
        await repository.download(manifest.layers[1], sink)

        assert found.digest == digest
        assert manifest.annotations == {"a": "b"}
        assert [layer.media_type for layer in manifest.layers] == [FLUX_LAYER, "text/plain"]
        assert await repository.blob(manifest.layers[0]) == b"one"
        assert sink.getvalue() == b"two"


async def test_what_is_not_there_is_said(registry):
    await registry.push(APPS, "team/apps", "1.0.0")

    async with reading(registry) as repository:
        with pytest.raises(NotFound, match=r"team/apps does not have the tag '2\.0\.0'"):
            await repository.resolve("2.0.0")
        with pytest.raises(NotFound):
            await repository.manifest(digest_of(b"nothing"))
        with pytest.raises(NotFound):
            await repository.blob(Descriptor("x", digest_of(b"nothing"), 7))


async def test_whether_a_manifest_may_be_had_is_seen_without_fetching_it(registry):
    digest = await registry.push(APPS, "team/apps", "1.0.0")

    async with reading(registry) as repository:
        await repository.see(digest)
        with pytest.raises(NotFound, match="does not have the manifest"):
            await repository.see(digest_of(b"nothing"))

    if isinstance(registry, FakeRegistry):
        methods = [method for method, path in registry.asked if path.endswith(digest)]
        assert methods == ["HEAD"]


async def test_where_a_registry_does_not_say_by_itself_whether_it_may_be_had_it_is_fetched(fake):
    digest = await fake.push(APPS, "team/apps", "1.0.0")

    async def mute(request):
        return web.Response(status=200) if request.method == "HEAD" else None

    fake.interfere = mute
    async with reading(fake) as repository:
        await repository.see(digest)
        fake.manifests["team/apps", digest] = artifact(Layer(b"other"))
        with pytest.raises(OciError, match="another manifest"):
            await repository.see(digest)


async def test_all_pages_of_the_tags_are_read(registry):
    tags = [f"v{number}" for number in range(10)]
    if isinstance(registry, FakeRegistry):
        registry.page = 3
    await registry.push(APPS, "team/versions", *tags)

    async with reading(registry, "team/versions") as repository:
        assert sorted(await repository.tags()) == sorted(tags)


async def test_of_an_index_the_image_for_the_platform_is_meant(registry):
    other = artifact(Layer(b"arm"))
    amd = {"platform": {"os": "linux", "architecture": "amd64"}}
    arm = {"platform": {"os": "linux", "architecture": "arm64"}}
    both = index(other.descriptor(**arm), APPS.descriptor(**amd))
    await registry.push(other, "team/many")
    await registry.push(APPS, "team/many")
    await registry.push(both, "team/many", "both")

    async with reading(registry, "team/many") as repository:
        found = await repository.resolve("both")

        assert isinstance(await repository.manifest(found.digest), Index)
        assert (await repository.image(found.digest)).digest == APPS.digest


async def test_an_index_without_the_platform_is_said(fake):
    arm = {"platform": {"os": "linux", "architecture": "arm64"}}
    await fake.push(index(APPS.descriptor(**arm)), "team/apps", "arm")

    async with reading(fake) as repository:
        found = await repository.resolve("arm")
        with pytest.raises(OciError, match="no image for the platform linux/amd64"):
            await repository.image(found.digest)


async def test_a_list_of_referrers_may_have_pages(fake):
    signatures = [artifact(Layer(b"%d" % number), subject=APPS, kind="x") for number in range(3)]

    async def answer(request):
        if "referrers" not in request.path:
            return None
        page = int(request.query.get("page", 0))
        listed = index(signatures[page].descriptor()).manifest
        headers = {"Content-Type": INDEX}
        if page < 2:
            headers["Link"] = f'<{request.path}?page={page + 1}>; rel="next"'
        return web.Response(body=listed, headers=headers)

    fake.interfere = answer

    async with reading(fake) as repository:
        found = await repository.referrers(APPS.digest)

        assert [one.digest for one in found] == [one.digest for one in signatures]


async def test_a_registry_that_takes_itself_for_one_without_tls_is_followed_all_the_same(fake):
    await fake.push(APPS, "team/apps", *map(str, range(5)))

    async def answer(request):
        if "tags" not in request.path or request.query.get("last"):
            return None
        there = f"https://127.0.0.1{request.path}?last=2"
        return web.json_response({"tags": ["0", "1"]}, headers={"Link": f'<{there}>; rel="next"'})

    fake.interfere = answer

    async with reading(fake) as repository:
        assert await repository.tags() == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("has_referrers", [True, False], ids=["listed", "by its tag"])
async def test_what_refers_to_a_manifest_is_found(fake, has_referrers):
    signature = artifact(Layer(b"signed"), subject=APPS, kind="application/signature")
    fake.has_referrers = has_referrers
    await fake.push(APPS, "team/apps")
    await fake.push(signature, "team/apps")
    if not has_referrers:
        await fake.push(index(signature.descriptor()), "team/apps", APPS.digest.replace(":", "-"))

    async with reading(fake) as repository:
        found = await repository.referrers(APPS.digest)

        assert [one.digest for one in found] == [signature.digest]


async def test_the_reference_registry_has_no_list_of_referrers_but_the_tag_works(registry):
    signature = artifact(Layer(b"signed"), subject=APPS, kind="application/signature")
    await registry.push(APPS, "team/referred")
    await registry.push(signature, "team/referred")
    listed = index(signature.descriptor())
    await registry.push(listed, "team/referred", APPS.digest.replace(":", "-"))

    async with reading(registry, "team/referred") as repository:
        assert [one.digest for one in await repository.referrers(APPS.digest)] == [signature.digest]


async def test_nothing_refers_to_a_manifest_where_nobody_says_so(registry):
    await registry.push(APPS, "team/alone")

    async with reading(registry, "team/alone") as repository:
        assert await repository.referrers(APPS.digest) == ()


async def test_another_manifest_than_was_asked_for_is_not_taken(fake):
    await fake.push(APPS, "team/apps")
    fake.manifests["team/apps", digest_of(b"other")] = APPS

    async with reading(fake) as repository:
        with pytest.raises(OciError, match="answers with another manifest"):
            await repository.manifest(digest_of(b"other"))


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"two", "another blob"),
        (b"on", "another blob"),
        (b"one and more", "larger than the 3 bytes"),
    ],
)
async def test_another_blob_than_was_asked_for_is_not_taken(fake, sent, message):
    await fake.push(APPS, "team/apps")
    fake.blobs[digest_of(b"one")] = sent

    async with reading(fake) as repository:
        with pytest.raises(OciError, match=message):
            await repository.blob(Descriptor("x", digest_of(b"one"), 3))


async def test_a_blob_beyond_the_limit_is_not_even_asked_for(fake):
    async with reading(fake) as repository:
        with pytest.raises(OciError, match="larger than 10 bytes"):
            await repository.blob(Descriptor("x", digest_of(b"one"), 11), most=10)

        assert not [path for _, path in fake.asked if "blobs" in path]


async def test_a_registry_that_lies_in_the_digest_header_changes_nothing(fake):
    async def lying(request):
        if request.method == "HEAD":
            return web.Response(headers={"Docker-Content-Digest": digest_of(b"a lie")})
        return None

    await fake.push(APPS, "team/apps", "latest")
    fake.interfere = lying

    async with reading(fake) as repository:
        found = await repository.resolve("latest")
        with pytest.raises(NotFound):
            await repository.manifest(found.digest)


async def test_without_a_digest_header_the_content_counts(fake):
    async def silent(request):
        return web.Response(status=405) if request.method == "HEAD" else None

    await fake.push(APPS, "team/apps", "latest")
    fake.interfere = silent

    async with reading(fake) as repository:
        assert (await repository.resolve("latest")).digest == APPS.digest


def endless(body=b"x" * 65_536, headers=None, status=200):
    async def answer(request):
        response = web.StreamResponse(status=status, headers=headers or {})
        await response.prepare(request)
        while True:
            await response.write(body)

    return answer


async def test_a_manifest_without_an_end_is_cut(fake):
    fake.interfere = endless()

    async with reading(fake, limits=Limits(manifest=1_000_000)) as repository:
        with pytest.raises(Unreachable, match="larger than 1000000 bytes"):
            await repository.manifest(digest_of(b"x"))


async def test_a_blob_without_an_end_is_cut_where_its_descriptor_ends(fake):
    fake.interfere = endless()

    async with reading(fake) as repository:
        with pytest.raises(OciError, match="larger than the 100 bytes"):
            await repository.blob(Descriptor("x", digest_of(b"x"), 100))


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ('</v2/team/apps/tags/list?last={n}>; rel="next"', "more than 5 pages"),
        ('<http://localhost:1/v2/team/apps/tags/list?x>; rel="next"', "goes on elsewhere"),
        ('<http://[::1/x>; rel="next"', "goes on elsewhere"),
        ('</v2/other/tags/list?x>; rel="next"', "goes on elsewhere"),
    ],
)
async def test_a_list_of_tags_without_an_end_or_elsewhere_is_not_followed(fake, link, message):
    async def answer(request):
        if "tags" not in request.path:
            return None
        headers = {"Link": link.format(n=len(fake.asked))}
        return web.json_response({"tags": ["a"]}, headers=headers)

    fake.interfere = answer

    async with reading(fake, limits=Limits(pages=5)) as repository:
        with pytest.raises(OciError, match=message):
            await repository.tags()


async def test_a_list_of_tags_that_leads_to_itself_ends(fake):
    async def answer(request):
        headers = {"Link": f'<{request.path_qs}>; rel="next"'}
        return (
            web.json_response({"tags": ["a"]}, headers=headers) if "tags" in request.path else None
        )

    fake.interfere = answer

    async with reading(fake) as repository:
        assert await repository.tags() == ["a"]


async def test_too_many_tags_are_refused(fake):
    await fake.push(APPS, "team/apps", *map(str, range(20)))

    async with reading(fake, limits=Limits(tags=10)) as repository:
        with pytest.raises(OciError, match="more than 10 tags"):
            await repository.tags()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"tags": {}}', b'{"tags": [1]}', b"\xff"])
async def test_a_list_of_tags_that_is_none_is_said(fake, body):
    async def answer(request):
        return web.Response(body=body) if "tags" in request.path else None

    fake.interfere = answer

    async with reading(fake) as repository:
        with pytest.raises(OciError, match="list of tags"):
            await repository.tags()


async def test_a_busy_registry_is_asked_again_but_not_for_ever(fake):
    waits = []

    class Clock(ManualClock):
        async def sleep(self, duration):
            waits.append(duration.total_seconds())
            await super().sleep(duration)

    async def busy(request):
        return web.Response(status=429, headers={"Retry-After": "99999"})

    fake.interfere = busy
    async with opened(parse(fake.url("team/apps")), INSECURE, Clock()) as repository:
        with pytest.raises(Unreachable, match="answers 429"):
            await repository.manifest(digest_of(b"x"))

    assert waits == [10, 10]


@pytest.mark.parametrize("after", ["-1", "Fri, 31 Dec 1999 23:59:59 GMT", "", "1e9", "²"])
async def test_nonsense_about_when_to_ask_again_is_passed_over(fake, after):
    async def busy_once(request):
        if [path for _, path in fake.asked].count(request.path_qs) > 1:
            return None
        return web.Response(status=503, headers={"Retry-After": after} if after != "²" else {})

    await fake.push(APPS, "team/apps")
    fake.interfere = busy_once

    async with reading(fake) as repository:
        assert isinstance(await repository.manifest(APPS.digest), Manifest)


async def test_ten_thousand_layers_are_refused(fake):
    layers = [Layer(b"x", "t").descriptor()] * 10_000
    many = Artifact(orjson.dumps({"schemaVersion": 2, "layers": layers}))
    await fake.push(many, "team/apps")

    async with reading(fake) as repository:
        with pytest.raises(OciError, match="more than 1000 layers"):
            await repository.manifest(many.digest)


async def test_where_a_layer_says_that_it_lies_elsewhere_nobody_looks(fake):
    said = orjson.loads(APPS.manifest)
    said["layers"][0]["urls"] = ["http://127.0.0.1:1/layer", "file:///etc/passwd"]
    foreign = Artifact(orjson.dumps(said), APPS.blobs)
    await fake.push(foreign, "team/apps")

    async with reading(fake) as repository:
        manifest = await repository.image(foreign.digest)

        assert await repository.blob(manifest.layers[0]) == b"one"
        assert fake.asked[-1][1] == f"/v2/team/apps/blobs/{digest_of(b'one')}"


async def test_what_is_encoded_without_being_asked_is_not_decoded(fake):
    async def answer(request):
        headers = {"Content-Encoding": "gzip"}
        return web.Response(body=b"\x1f\x8b", headers=headers) if "blobs" in request.path else None

    fake.interfere = answer

    async with reading(fake) as repository:
        with pytest.raises(Unreachable, match="not asked to encode"):
            await repository.blob(Descriptor("x", digest_of(b"x"), 100))
